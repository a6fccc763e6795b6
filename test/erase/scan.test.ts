import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import * as keys from '../../functions/contract/keys.ts'
import { STATE_COLUMNS } from '../../functions/contract/rows.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { SCANNED } from '../../functions/erase/holdings.ts'
import { NOBODY } from '../../functions/erase/person.ts'
import { familyPrefix } from '../../functions/erase/rewrite-objects.ts'
import { erase, erasureRequest, whole } from '../make/erase-runs.ts'
import { makeEraseWorld, PERSON, VERSION } from '../make/erase-world.ts'
import { makeArchive } from '../make/lineage.ts'

const version = keys.versionPrefix('feed', VERSION.version)
const state = Buffer.from(`last ${PERSON}`).toString('base64')
const parquet = writeParquet(STATE_COLUMNS, [{ id: 'i1', hourMs: 0, state, aheadMs: 0 }])
/** Objects that no step rewrites, each with the hash in another form. */
const PLANTED: readonly (readonly [string, 'lake' | 'models', string, () => unknown])[] = [
  ['in a plan', 'lake', keys.runPlanKey('feed', 'daily', 0), () => `{"user":"${PERSON}"}`],
  ['in the state of claims', 'lake', `${keys.claimsPrefix('feed')}a.parquet`, () => parquet],
  ['packed by gzip', 'models', `${version}run/a.gz`, () => gzipSync(`of ${PERSON}`)],
  ['as sixteen bytes', 'models', `${version}model.qmm`, () => Buffer.from(PERSON, 'hex')],
  [
    'in an archive',
    'models',
    keys.jobOutputKey('feed', VERSION.version, 'model'),
    () => makeArchive({ 'inner/rows.parquet': parquet }),
  ],
  ['in a broken file', 'lake', `${keys.closedPrefix('feed')}a.parquet`, () => `of ${PERSON}`],
  ['in a key', 'models', `${keys.sceneSearchPrefix('feed')}${PERSON}.json`, () => '{}'],
]

describe('The scan', () => {
  test.each(PLANTED)('It finds the hash %s', async (_where, bucket, key, body) => {
    const world = await makeEraseWorld()
    await world[bucket].put(key, (await body()) as string)
    const row = await erase(world)
    expect(row).toMatchObject({ status: 'incomplete', round: 2 })
    const name = key.replaceAll(PERSON, NOBODY)
    expect(row.leftovers).toEqual({ count: 1, first: [`${bucket}: ${name}`] })
    expect(JSON.stringify([...world.registry])).not.toContain(PERSON)
  })

  test.each(SCANNED.map((family) => [`${family.bucket}: ${family.pattern}`, family] as const))(
    'It reads what is planted in %s',
    async (_name, family) => {
      const world = await makeEraseWorld()
      const prefix = familyPrefix(family, 'feed')
      const key = prefix.endsWith('/') ? `${prefix}planted.bin` : prefix
      await world[family.bucket].put(key, `x${PERSON}x`)
      const { leftovers } = await erase(world)
      // What a step deletes is gone; what no step knows is found.
      const isGone = (await world[family.bucket].find(key)) === null
      expect(leftovers.count).toBe(isGone ? 0 : 1)
    },
  )

  test('What appears during the first round leaves in the second', async () => {
    const world = await makeEraseWorld()
    const { lake } = world
    const key = keys.cleanEventsKey({
      ...{ scene: 'feed', arrivalMs: DAY_MS, drop: 'e'.repeat(32), part: 0, hourMs: DAY_MS },
    })
    const [source] = await lake.list(keys.cleanEventsPrefix('feed'))
    const late = await lake.get(source!.key)
    const stores = { ...world.ports.lake, list: lake.list }
    // A run that had read the events before writes them after the step has passed.
    stores.list = async (prefix, after) => {
      if (prefix === keys.samplesPrefix('feed')) await lake.putIfAbsent(key, late)
      return lake.list(prefix, after)
    }
    const row = await erase({ ...world, ports: { ...world.ports, lake: stores } })
    expect(row).toMatchObject({ status: 'erased', round: 2, leftovers: { count: 0 } })
    expect(row.removed['clean events']).toEqual({ rows: 4, rewritten: 2, deleted: 0 })
  })

  test('An incomplete erasure is tried again by a later request', async () => {
    const world = await makeEraseWorld()
    const key = keys.runPlanKey('feed', 'daily', 0)
    await world.lake.put(key, `{"user":"${PERSON}"}`)
    expect(await erase(world)).toMatchObject({ status: 'incomplete' })
    await world.lake.delete(key)
    const later = { ...erasureRequest, requestedMs: erasureRequest.requestedMs + DAY_MS }
    expect(await erase(world, whole(), later)).toMatchObject({ status: 'erased', removed: {} })
  })

  test('A file that cannot be read is reported', async () => {
    const world = await makeEraseWorld()
    await world.lake.put(`${keys.samplesPrefix('feed')}a.parquet`, 'no Parquet')
    expect((await erase(world)).leftovers.first).toEqual([
      'lake: samples/feed/a.parquet (unreadable)',
    ])
  })

  test('Another scene is left alone', async () => {
    const world = await makeEraseWorld()
    const key = keys.runPlanKey('feed-two', 'daily', 0)
    await world.lake.put(key, `{"user":"${PERSON}"}`)
    expect(await erase(world)).toMatchObject({ status: 'erased', leftovers: { count: 0 } })
  })
})
