import { describe, expect, test } from 'vitest'
import { loadVerdicts, newestSnapshot } from '../../functions/anticheat/snapshot.ts'
import {
  closedExclusionsKey,
  jobOutputKey,
  trainerDataPrefix,
  versionEvaluationKey,
} from '../../functions/contract/keys.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { decodeSpace } from '../../functions/core/space.ts'
import { REWRITTEN } from '../../functions/erase/holdings.ts'
import { NOBODY } from '../../functions/erase/person.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { contentsOf, erase, erasureRequest as request, whole } from '../make/erase-runs.ts'
import {
  ERASURE,
  GENERATION,
  ITEM_STATE_KEY,
  itemState,
  lakeFiles,
  makeEraseWorld,
  OTHER,
  PERSON,
  REQUESTED,
  VERSION,
} from '../make/erase-world.ts'
import { DAY0_MS } from '../make/events.ts'

const hasPerson = (text: string): boolean => text.includes(PERSON)
describe('Erasing a person', () => {
  test('Nothing that is stored names an erased person', async () => {
    const world = await makeEraseWorld()
    const before = contentsOf(world)
    expect([...before].filter(([key, text]) => hasPerson(key + text)).length).toBeGreaterThan(5)
    const row = await erase(world)
    expect(row).toMatchObject({ status: 'erased', round: 1, leftovers: { count: 0, first: [] } })
    expect(row.scanned.objects).toBeGreaterThan(before.size / 4)
    const after = [...contentsOf(world)].filter(
      ([key, text]) => hasPerson(key + text) || text.includes(Buffer.from(PERSON).toString('hex')),
    )
    expect(after).toEqual([])
  })

  test.each([...lakeFiles([PERSON, OTHER])])(
    'Other rows stay byte for byte in %s',
    async (key, [columns, rows]) => {
      const world = await makeEraseWorld()
      await erase(world)
      const left = rows.filter((row) => !hasPerson(JSON.stringify(row)))
      expect(left.length).toBeGreaterThan(0)
      expect(await world.lake.get(key)).toEqual(
        writeParquet(columns, left as Record<string, unknown>[]),
      )
    },
  )

  test('Each step counts what it removed', async () => {
    const { removed } = await erase(await makeEraseWorld())
    for (const name of Object.keys(REWRITTEN))
      expect(removed[name]!.rows + removed[name]!.rewritten, name).toBeGreaterThan(1)
    expect(removed).toMatchObject({
      counters: { rows: 2, rewritten: 1, deleted: 0 },
      states: { rows: 2, rewritten: 2, deleted: 0 },
      verdicts: { rows: 1, rewritten: 1, deleted: 0 },
      samples: { rows: 1, rewritten: 1, deleted: 0 },
      preferences: { rows: 1, rewritten: 1, deleted: 0 },
      'trainer-data': { rows: 0, rewritten: 0, deleted: 1 },
      predictions: { rows: 0, rewritten: 0, deleted: 1 },
      evaluations: { rows: 1, rewritten: 1, deleted: 0 },
      spaces: { rows: 2, rewritten: 2, deleted: 0 },
      'space-training': { rows: 0, rewritten: 0, deleted: 1 },
      online: { rows: 5, rewritten: 1, deleted: 4 },
      registry: { rows: 2, rewritten: 1, deleted: 1 },
    })
  })

  test('What other entities hold keeps its form without the hash', async () => {
    const world = await makeEraseWorld()
    await erase(world)
    expect(await world.lake.get(ITEM_STATE_KEY)).toEqual(itemState(NOBODY))
    const item = [...world.online].find(([key]) => key.startsWith('feed#item#i1'))![1]
    expect(Buffer.from(item['ring'] as Uint8Array).toString()).toBe(`last ${NOBODY}`)
    expect(item).toMatchObject({ folded: '1', kept: 1 })
    const users = await world.ports.online.get(`feed#user#${OTHER}`, 'VALUES')
    expect(users).not.toBeNull()
  })

  test('An evaluation keeps its parallel lists without the hash', async () => {
    const world = await makeEraseWorld()
    await erase(world)
    const key = versionEvaluationKey('feed', VERSION.version)
    expect(JSON.parse(Buffer.from(await world.models.get(key)).toString())).toEqual({
      served: { users: [NOBODY, OTHER], differences: [0.1, 0.1], weights: [1, 1] },
      isWhole: true,
    })
  })

  test('A plan that pinned the verdicts of before still reads them', async () => {
    const world = await makeEraseWorld()
    const pinned = (await newestSnapshot(world.lake, 'feed', REQUESTED))!
    await erase(world)
    expect((await loadVerdicts(world.lake, pinned)).map(({ id }) => id)).toEqual([OTHER])
    const newest = (await newestSnapshot(world.lake, 'feed', REQUESTED))!
    expect(newest.digest).not.toBe(pinned.digest)
    expect(newest.manifest).toMatchObject({ verdicts: 1, erased: [pinned.digest] })
    const foreign = { ...pinned, digest: 'f'.repeat(64) }
    await expect(loadVerdicts(world.lake, foreign)).rejects.toThrow(/got SHA-256 .* expected ffff/)
  })

  test('The person leaves lists of excluded users and tables of vectors', async () => {
    const world = await makeEraseWorld()
    await erase(world)
    const name = { scene: 'feed', hourMs: DAY0_MS, closedThroughMs: DAY0_MS + HOUR_MS, accepted: 4 }
    const excluded = Buffer.from(await world.lake.get(closedExclusionsKey(name))).toString()
    expect(excluded).toBe(JSON.stringify({ declared_bot: [OTHER], exact_interval: [OTHER] }))
    for (const [key, { body }] of world.models.contents)
      if (key.startsWith('space-users/')) expect(decodeSpace(body, key).table.ids).toEqual([OTHER])
    expect(await world.lake.list(trainerDataPrefix('feed'))).toEqual([])
    expect(await world.models.find(jobOutputKey('feed', VERSION.version, 'output'))).toBeNull()
  })

  test('The decision names the erasure and never the person', async () => {
    const world = await makeEraseWorld()
    const { removed, scanned, leftovers } = await erase(world)
    const registry = openRegistry(world.ports.registry, 'feed')
    expect((await registry.statements()).map(({ id }) => id)).toEqual([OTHER])
    const decisions = await registry.decisions()
    expect(decisions.map(({ kind }) => kind)).toEqual(['flag', 'flag', 'erasure'])
    expect(decisions.map(({ evidence }) => evidence['id'])).toContain(NOBODY)
    expect(decisions.at(-1)).toMatchObject({
      ...{ timeMs: REQUESTED, reason: 'asked to be erased' },
      evidence: { erasure: ERASURE, removed, scanned, leftovers },
    })
  })
})

describe('An erasure', () => {
  test('A repeat answers with the same account and changes nothing', async () => {
    const world = await makeEraseWorld()
    const row = await erase(world)
    const contents = contentsOf(world)
    expect(await erase(world)).toEqual(row)
    expect(contentsOf(world)).toEqual(contents)
  })

  test('A later request looks again and finds nothing to remove', async () => {
    const world = await makeEraseWorld()
    await erase(world)
    const later = { ...request, requestedMs: REQUESTED + DAY_MS }
    const objects = [...world.lake.contents, ...world.models.contents]
    expect(await erase(world, whole(), later)).toMatchObject({ status: 'erased', removed: {} })
    expect([...world.lake.contents, ...world.models.contents]).toEqual(objects)
  })

  test('Calls of one object each end as one call does', async () => {
    const [once, often] = [await makeEraseWorld(), await makeEraseWorld()]
    const { n: _, ...row } = await erase(once)
    for (let calls = 0; calls < 500; calls++) {
      const { n, ...found } = await erase(often, { objects: 1, bytes: 1e9 })
      expect(n).toBeGreaterThan(0)
      if (found.status === 'running') continue
      expect(calls).toBeGreaterThan(20)
      expect(found).toEqual(row)
      break
    }
    expect(contentsOf(often)).toEqual(contentsOf(once))
  })

  test('Of two calls at the same time one stops and loses nothing', async () => {
    const world = await makeEraseWorld()
    const both = await Promise.allSettled([erase(world), erase(world)])
    const refused = both.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(1)
    expect(String((refused[0] as PromiseRejectedResult).reason)).toMatch(/another call is at work/)
    expect(await erase(world)).toMatchObject({ status: 'erased', leftovers: { count: 0 } })
  })

  test('A world without the person is read and left as it is', async () => {
    const world = await makeEraseWorld([OTHER, 'ef'.repeat(16)])
    const objects = [...world.lake.contents, ...world.models.contents]
    expect(await erase(world)).toMatchObject({ status: 'erased', removed: {} })
    expect([...world.lake.contents, ...world.models.contents]).toEqual(objects)
  })

  test('While a space is trained the erasure says what is left', async () => {
    const world = await makeEraseWorld(undefined, 'building')
    const row = await erase(world)
    expect(row).toMatchObject({ status: 'incomplete', round: 2, leftovers: { count: 2 } })
    expect(row.leftovers.first).toEqual([
      expect.stringContaining(`models: space-training/feed/${GENERATION}/`),
      `online: feed#embeddings FORGOTTEN#${NOBODY}`,
    ])
    expect(hasPerson(JSON.stringify(row))).toBe(false)
  })
})
