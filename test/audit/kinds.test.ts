import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeExactlyOnce } from '../../functions/audit/ledger.ts'
import {
  type KindBesidePointwise,
  PAIR_COLUMNS,
  SEQUENCE_COLUMNS,
} from '../../functions/contract/sample-kinds.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { readParquet, writeParquet } from '../../functions/core/parquet.ts'
import { type MadeChain, makeChain } from '../make/chain.ts'

const KINDS = { pairs: { maxPerSlate: 2 }, sequences: { length: 3, windowHours: 72 } }
const COLUMNS = { pairs: PAIR_COLUMNS, sequences: SEQUENCE_COLUMNS }
const RUNS = { numRuns: 6, endOnFailure: true }
type Row = Record<string, string | number | boolean | null>

/** Changes the rows of one file of a kind and makes every digest, count and account agree with them. */
async function rewrite(
  world: MadeChain,
  kind: KindBesidePointwise,
  draw: number,
  change: (rows: Row[]) => Row[],
): Promise<void> {
  const places = world.chain.flatMap((_, n) =>
    world
      .manifestOf(n)
      .sets.flatMap(({ kinds }, set) => (kinds![kind]!.files[0]!.rows > 0 ? [{ n, set }] : [])),
  )
  const { n, set } = places[Math.floor(draw * places.length)]!
  const { key } = world.manifestOf(n).sets[set]!.kinds![kind]!.files[0]!
  const rows = change(await readParquet<Row>(await world.lake.get(key)))
  const bytes = writeParquet(COLUMNS[kind], rows)
  world.lake.drop(key, bytes)
  await world.forge(n, ({ sets }) => {
    const kinds = sets[set]!.kinds!
    const files = [{ key, rows: rows.length, sha256: sha256Hex(bytes) }]
    const { pairs, sequences } = kinds
    if (kind === 'pairs') {
      const { capped, sampledOut } = pairs!.account
      const possible = rows.length + capped + sampledOut
      kinds.pairs = { files, account: { ...pairs!.account, pairs: rows.length, possible } }
    } else kinds.sequences = { files, account: { ...sequences!.account, sequences: rows.length } }
  })
}

const first =
  (change: (row: Row) => Row) =>
  (rows: Row[]): Row[] =>
    rows.map((row, i) => (i === 0 ? change(row) : row))

const MUTATIONS: [string, KindBesidePointwise, (rows: Row[]) => Row[], RegExp][] = [
  ['a pair that was taken away', 'pairs', (rows) => rows.slice(1), /another number of pairs than/],
  ['a pair that is there twice', 'pairs', (rows) => [rows[0]!, ...rows], /are in the set twice/],
  [
    'a pair in the wrong order',
    'pairs',
    first((row) => ({
      ...row,
      ...{ preferred: row['other']!, preferredMs: row['otherMs']! },
      ...{ other: row['preferred']!, otherMs: row['preferredMs']! },
    })),
    /prefer what is no positive sample of their set/,
  ],
  [
    'a pair with a sample of no set',
    'pairs',
    first((row) => ({ ...row, other: 'nobody' })),
    /are over what is no negative sample of their set/,
  ],
  [
    'a sequence that was taken away',
    'sequences',
    (rows) => rows.slice(1),
    /have no sequence; the first is/,
  ],
  [
    'a sequence that is there twice',
    'sequences',
    (rows) => [rows[0]!, ...rows],
    /sequences of .* are in the set twice/,
  ],
  [
    'a sequence of another user',
    'sequences',
    first((row) => ({ ...row, user: 'nobody' })),
    /belong to no sample of the set/,
  ],
  [
    'a sequence that sees its own time',
    'sequences',
    first((row) => ({
      ...row,
      ...{ items: 'i1', outcomes: 'click', timesMs: String(row['timeMs']) },
    })),
    /have outcomes that are not in order before their sample/,
  ],
  [
    'a sequence that is too long',
    'sequences',
    first((row) => {
      const list = (cell: string | number) => Array.from({ length: 4 }, () => cell).join('\u001f')
      return { ...row, items: list('i1'), outcomes: list('click'), timesMs: list(1) }
    }),
    /have lists that differ or have more than 3 outcomes/,
  ],
]

describe('The exactly-once proof of other kinds', () => {
  test('The proof counts the pairs and sequences of a chain once', async () => {
    let pairs = 0
    for (let seed = 1; seed <= 4; seed++) {
      const account = await (await makeChain({ seed, kinds: KINDS })).check()
      expect(account.violations).toEqual([])
      expect(account.kinds!.sequences).toBe(account.samples)
      pairs += account.kinds!.pairs
      expect(describeExactlyOnce(account)).toMatch(/daily; \d+ pairs, \d+ sequences$/)
    }
    expect(pairs).toBeGreaterThan(40)
  })

  test.each(MUTATIONS)('The other-kinds proof fails for %s', async (_, kind, change, says) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (seed, draw) => {
          const world = await makeChain({ seed, kinds: KINDS })
          await rewrite(world, kind, draw, change)
          expect((await world.check()).violations.join('\n')).toMatch(says)
        },
      ),
      RUNS,
    )
  })

  test('The other-kinds proof fails for altered, missing and unpinned files', async () => {
    const keyOf = (world: MadeChain) => world.manifestOf(0).sets[0]!.kinds!.pairs!.files[0]!.key
    const altered = await makeChain({ kinds: KINDS })
    const bytes = Uint8Array.from(await altered.lake.get(keyOf(altered)))
    bytes[bytes.length >> 1]! ^= 1
    altered.lake.drop(keyOf(altered), bytes)
    expect((await altered.check()).violations.join('\n')).toMatch(/pairs.* has another SHA-256/)

    const missing = await makeChain({ kinds: KINDS })
    missing.lake.contents.delete(keyOf(missing))
    expect((await missing.check()).violations.join('\n')).toMatch(/pairs-00000.parquet is missing/)

    const unread = await makeChain({ kinds: KINDS })
    const [closed] = await unread.lake.list('closed/')
    unread.lake.contents.delete(closed!.key)
    const faults = (await unread.check()).violations.join('\n')
    expect(faults).toMatch(/closed\/.* is missing, and a set with pairs was made from it/)

    const unpinned = await makeChain({ kinds: KINDS })
    await unpinned.forge(0, ({ sets }) => void delete sets[0]!.kinds)
    const said = (await unpinned.check()).violations.join('\n')
    expect(said).toMatch(/names other files than the manifest/)
    expect(said).toMatch(/has no pairs, and its scene has sampling\.kinds\.pairs/)
  })

  test('A pair whose samples are of two sets is found', async () => {
    const world = await makeChain({ kinds: KINDS })
    const { files } = world.manifestOf(1).sets[0]!
    const [stranger] = await readParquet<Row>(await world.lake.get(files[0]!.key))
    await rewrite(
      world,
      'pairs',
      0,
      first((row) => ({
        ...row,
        ...{ preferred: stranger!['sample']!, preferredMs: stranger!['timeMs']! },
      })),
    )
    expect((await world.check()).violations.join('\n')).toMatch(/no positive sample of their set/)
  })
})
