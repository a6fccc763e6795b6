import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeExactlyOnce } from '../../functions/audit/ledger.ts'
import { closedPrefix, versionManifestKey } from '../../functions/contract/keys.ts'
import { SAMPLE_COLUMNS } from '../../functions/contract/rows.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { readParquet, writeParquet } from '../../functions/core/parquet.ts'
import { type MadeChain, makeChain } from '../make/chain.ts'
import { DAY0_MS } from '../make/events.ts'

/** Of each mutation, wherever it falls: a chain is grown once for each of six seeds. */
const RUNS = { numRuns: 10, endOnFailure: true }
type Row = Record<string, unknown> & { sample: string; timeMs: number; label: number }
interface Target {
  n: number
  set: number
  key: string
  rows: Row[]
}

/** A file of samples of the chain, any of them, that is not empty. */
async function pick(world: MadeChain, draw: number): Promise<Target> {
  const all: Omit<Target, 'rows'>[] = world.chain.flatMap((_, n) =>
    world
      .manifestOf(n)
      .sets.flatMap(({ files }, set) =>
        files.filter(({ rows }) => rows > 0).map(({ key }) => ({ n, set, key })),
      ),
  )
  const target = all[Math.floor(draw * all.length)]!
  return { ...target, rows: await readParquet<Row>(await world.lake.get(target.key)) }
}

/** Writes other rows into a file and makes every digest and count of rows agree with them. */
async function rewrite(world: MadeChain, { n, set, key }: Target, rows: Row[]): Promise<void> {
  const bytes = writeParquet({ ...SAMPLE_COLUMNS, f_item: 'string' }, rows)
  world.lake.drop(key, bytes)
  await world.forge(n, ({ sets }) => {
    sets[set]!.files = [{ key, rows: rows.length, sha256: sha256Hex(bytes) }]
  })
}

/** What is done to a chain, and what the checker must say of it. */
const MUTATIONS: Record<
  string,
  { mutate: (world: MadeChain, target: Target) => Promise<unknown>; says: RegExp }
> = {
  'a file that is left out of its manifest': {
    mutate: (world, { n, set }) =>
      world.forge(n, ({ sets }) => {
        sets[set]!.files = []
      }),
    says: /impressions of closed\/.* are in no sample file|the account of .* samples, and \d+ were counted/,
  },
  'a file that stands in its manifest twice': {
    mutate: (world, { n, set }) =>
      world.forge(n, ({ sets }) => void sets[set]!.files.push(sets[set]!.files[0]!)),
    says: /\d+ samples of samples\/.* are also in samples\/.*; the first is/,
  },
  'a file that another version learns from too': {
    mutate: (world, { n, set }) => {
      const file = world.manifestOf(n).sets[set]!.files[0]!
      const other = (n + 1) % world.chain.length
      return world.forge(other, ({ sets }) => void sets[0]!.files.push(file))
    },
    says: /are also in samples\/|belong to|are of a later day than their set/,
  },
  'a byte that was altered': {
    mutate: async ({ lake }, { key }) => {
      const bytes = Uint8Array.from(await lake.get(key))
      bytes[bytes.length >> 1]! ^= 1
      lake.drop(key, bytes)
    },
    says: /has another SHA-256 than its manifest states/,
  },
  'a sample that was taken away': {
    mutate: (world, target) => rewrite(world, target, target.rows.slice(1)),
    says: /the account of .* states \d+ samples, and \d+ were counted/,
  },
  'a sample that was invented': {
    mutate: (world, target) =>
      rewrite(world, target, [...target.rows, { ...target.rows[0]!, sample: 'nobody' }]),
    says: /1 samples of .* have no kept impression; the first is nobody/,
  },
  'a sample that moved in time': {
    mutate: (world, target) =>
      rewrite(
        world,
        target,
        target.rows.map((row, i) => (i === 0 ? { ...row, timeMs: row.timeMs + 1 } : row)),
      ),
    says: /have no kept impression/,
  },
  'a sample file that is gone': {
    mutate: async ({ lake }, { key }) => lake.contents.delete(key),
    says: /which .* learned from, is missing/,
  },
  'a manifest that is not the registered one': {
    mutate: async ({ models, chain }, { n }) => {
      const key = versionManifestKey('feed', chain[n]!.version)
      models.drop(key, `${new TextDecoder().decode(await models.get(key))} `)
    },
    says: /its SHA-256 is not the .* that the registry has/,
  },
  'a manifest that is gone': {
    mutate: async ({ models, chain }, { n }) =>
      models.contents.delete(versionManifestKey('feed', chain[n]!.version)),
    says: /the manifest of .*, is missing/,
  },
  'an interval that does not join its parent': {
    mutate: async ({ registry, chain }, { n }) => {
      const row = (await registry.version(chain[Math.max(1, n)]!.version))!
      await registry.settle({ ...row, dataFromMs: row.dataFromMs + HOUR_MS }, 'accepted')
    },
    says: /a gap between them/,
  },
  'an interval that is learned a second time': {
    mutate: async ({ registry, chain }, { n }) => {
      const row = (await registry.version(chain[Math.max(1, n)]!.version))!
      await registry.settle({ ...row, dataFromMs: row.dataFromMs - HOUR_MS }, 'accepted')
    },
    says: /: they overlap/,
  },
  'a parent that nobody registered': {
    mutate: async ({ registry, chain }, { n }) => {
      const row = (await registry.version(chain[n]!.version))!
      await registry.settle({ ...row, parent: 'full-20250101-00000000' }, 'accepted')
    },
    says: /continues full-20250101-00000000, which is not registered/,
  },
  'a chain that bites its tail': {
    mutate: async ({ registry, chain }) => {
      const row = (await registry.version(chain[0]!.version))!
      await registry.settle({ ...row, parent: chain.at(-1)!.version }, 'accepted')
    },
    says: /which comes after it/,
  },
  'an exclusion that was learned from': {
    mutate: (world, { n }) =>
      world.forge(n, (manifest) => {
        manifest.exclusions = [{ fromMs: 0, throughMs: DAY0_MS + 100 * DAY_MS }]
      }),
    says: /are in an interval that .* excludes/,
  },
}

describe('The exactly-once proof', () => {
  test('The proof holds with late samples, and its account adds up', async () => {
    const seen = { nextDaily: 0, dailyOfItsDay: 0, sampledOut: 0 }
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), async (seed) => {
        const account = await (await makeChain({ seed })).check()
        expect(account.violations).toEqual([])
        const { impressions, samples, sampledOut, excluded, waiting } = account
        expect(samples).toBeGreaterThan(100)
        expect(samples + sampledOut + excluded + waiting.nextDaily + waiting.dailyOfItsDay).toBe(
          impressions,
        )
        seen.nextDaily += waiting.nextDaily
        seen.dailyOfItsDay += waiting.dailyOfItsDay
        seen.sampledOut += sampledOut
      }),
      RUNS,
    )
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0)
  })

  test('The proof holds at every version of the chain and grows', async () => {
    const world = await makeChain()
    let before = 0
    for (let n = 0; n < world.chain.length; n++) {
      const account = await world.check(n)
      expect(account.violations).toEqual([])
      expect(account.versions).toBe(n + 1)
      expect(account.samples).toBeGreaterThan(before)
      before = account.samples
    }
  })

  test('The proof counts an excluded interval apart and changes nothing else', async () => {
    const exclusions = [{ fromMs: DAY0_MS + DAY_MS, throughMs: DAY0_MS + DAY_MS + 6 * HOUR_MS }]
    const [whole, less] = await Promise.all([
      makeChain().then((world) => world.check()),
      makeChain({ exclusions }).then((world) => world.check()),
    ])
    expect(less.violations).toEqual([])
    expect(less.excluded).toBeGreaterThan(0)
    expect(less.impressions).toBe(whole.impressions)
    expect(describeExactlyOnce(less)).toMatch(
      /^exactly once: [\d,]+ samples of [\d,]+ impressions in 5 versions; \d+ sampled out, \d+ excluded, \d+ late ones wait for a daily$/,
    )
  })

  test.each(Object.entries(MUTATIONS))('The proof fails for %s', async (_, { mutate, says }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (seed, draw) => {
          const world = await makeChain({ seed })
          await mutate(world, await pick(world, draw))
          const account = await world.check()
          expect(account.violations.join('\n')).toMatch(says)
          expect(describeExactlyOnce(account)).toMatch(/^NOT exactly once: .* \d+ violations$/)
        },
      ),
      RUNS,
    )
  })

  test('The proof fails when a closed hour of its samples is missing', async () => {
    const world = await makeChain()
    const [first] = await world.lake.list(closedPrefix('feed'))
    world.lake.contents.delete(first!.key)
    expect((await world.check()).violations.join('\n')).toMatch(/have no kept impression/)
  })

  test('The proof refuses a version that is not registered', async () => {
    const world = await makeChain()
    const { chain, ...rest } = world
    await expect(
      (async () => {
        chain.push({ ...chain[0]!, version: 'full-20260101-ffffffff' })
        await rest.check(chain.length - 1)
      })(),
    ).rejects.toThrow(/full-20260101-ffffffff is not registered/)
  })
})
