import { describe, expect, test } from 'vitest'
import { cleanEntitiesKey, cleanEventsPrefix, deltaKey } from '../../functions/contract/keys.ts'
import { ENTITY_COLUMNS, type EventRow } from '../../functions/contract/rows.ts'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import {
  FOREVER_SECONDS,
  OPEN_PREFIX,
  openAttribute,
  type Series,
  VALUES_SK,
  valuesPk,
} from '../../functions/contract/values.ts'
import { CorruptArtifact } from '../../functions/core/errors.ts'
import { readParquet, writeParquet } from '../../functions/core/parquet.ts'
import { decodeBlock } from '../../functions/features/block.ts'
import { MAX_NEAR_LINE_EVENTS } from '../../functions/features/deltas.ts'
import { loadFolded } from '../../functions/features/near-line.ts'
import { seriesOf } from '../../functions/features/series.ts'
import { retryAfterEveryKill } from '../make/breaking.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'
import { arrivalMs, dropOf, manifestKey, openOnlineWorld } from './online-world.ts'
import { rowValue } from './row-value.ts'

const counted = { entity: 'item', windowHours: 24 } as const
const scene = makeScene({
  features: [
    { ...counted, kind: 'count', name: 'shown', event: 'impression' },
    { ...counted, kind: 'mean', name: 'spent', event: 'click', of: 'value' },
    { ...counted, kind: 'count', name: 'slow', event: 'click', nearLine: false },
  ],
})
const seriesFor = (name: string): Series =>
  seriesOf(scene.features.filter((feature) => feature.name === name))[0]!

const makeWorld = () => openOnlineWorld(scene)
const shown = (fields: Partial<EventRow> = {}) =>
  makeImpression({ timeMs: arrivalMs - MINUTE_MS, arrivalMs, ...fields })
const clicked = (fields: Partial<EventRow> = {}) =>
  makeOutcome({ timeMs: arrivalMs - MINUTE_MS, arrivalMs, value: 3, ...fields })

describe('The near line', () => {
  test('A drop sets its own attribute in the row of each entity', async () => {
    const world = makeWorld()
    world.land(1, [shown(), shown(), shown({ item: 'i2' }), clicked()])
    expect(await world.write(1)).toEqual({ result: 'written', rows: 2 })
    const row = (await world.row('i1'))!
    const name = openAttribute(arrivalMs, dropOf(1))
    expect(Object.keys(row).sort()).toEqual(['expiresAt', name].sort())
    expect(row['expiresAt']).toBe((arrivalMs + 48 * HOUR_MS) / 1000)
    const all = new Map(seriesOf(scene.features).map((series) => [series.id, series]))
    const { series, aheadMs } = decodeBlock(row[name] as Uint8Array, all, name)
    expect(aheadMs).toBe(0)
    // Clicks are counted when their hour is closed.
    expect([...series.keys()].sort()).toEqual([seriesFor('shown').id, seriesFor('spent').id].sort())
    const delta = deltaKey({ scene: 'feed', arrivalMs, drop: dropOf(1) })
    expect(await readParquet(await world.lake.get(delta))).toHaveLength(5)
  })

  test('A drop of events writes the statements that it holds', async () => {
    const world = makeWorld()
    world.land(1, [shown()])
    const name = { arrivalMs, drop: dropOf(1) }
    const key = cleanEntitiesKey({ ...name, scene: 'feed', kind: 'items', part: 0 })
    const stated = { id: 'i1', knowableMs: arrivalMs, attributes: '{"category":"a"}', row: 0 }
    world.lake.drop(key, writeParquet(ENTITY_COLUMNS, [{ ...stated, drop: name.drop }]))
    const manifest = JSON.parse(Buffer.from(await world.lake.get(manifestKey(1))).toString())
    const files = [...manifest.files, { key, rows: 1, sha256: '' }]
    world.lake.drop(manifestKey(1), JSON.stringify({ ...manifest, files }))
    expect(await world.write(1)).toEqual({ result: 'written', rows: 2 })
    expect(await world.row('i1')).toMatchObject({
      statement: { attributes: '{"category":"a"}' },
      [openAttribute(arrivalMs, dropOf(1))]: expect.anything(),
    })
  })

  test('A drop killed at any call is whole after a retry', async () => {
    const make = async () => {
      const world = makeWorld()
      world.land(1, [shown(), shown({ item: 'i2' }), clicked({ user: 'u2' })])
      return world
    }
    type World = ReturnType<typeof makeWorld>
    const stateOf = async (world: World) => [
      await Promise.all(['i1', 'i2'].map(world.row)),
      [...world.lake.contents.keys()].sort(),
    ]
    const calm = await make()
    await calm.write(1)
    const expected = await stateOf(calm)
    const calls = await retryAfterEveryKill(
      make,
      (world, wrap) => world.write(1, wrap),
      stateOf,
      (found, n) => expect(found, `killed at call ${n}`).toEqual(expected),
    )
    expect(calls).toBeGreaterThan(4)
  })

  test('A drop whose files were deleted is reported and changes nothing', async () => {
    const world = makeWorld()
    expect(await world.write(1)).toEqual({ result: 'deleted', rows: 0 })
    world.land(2, [shown()])
    for (const { key } of await world.lake.list(cleanEventsPrefix('feed')))
      await world.lake.delete(key)
    expect(await world.write(2)).toEqual({ result: 'deleted', rows: 0 })
    expect(await world.row('i1')).toBeNull()
  })

  test('A refused drop and a too large one change no value', async () => {
    const world = makeWorld()
    const refusals = [
      [{ refused: { reason: 'empty', detail: 'nothing' } }, 'none'],
      [{ events: MAX_NEAR_LINE_EVENTS + 1 }, 'too large'],
    ] as const
    for (const [n, [changed, result]] of refusals.entries()) {
      world.land(n, [shown()])
      const manifest = JSON.parse(Buffer.from(await world.lake.get(manifestKey(n))).toString())
      world.lake.drop(manifestKey(n), JSON.stringify({ ...manifest, ...changed }))
      expect(await world.write(n)).toEqual({ result, rows: 0 })
    }
    expect(await world.row('i1')).toBeNull()
  })

  test('A statement keeps its row, whatever the near line writes after it', async () => {
    const world = makeWorld()
    const set = { keptUntil: FOREVER_SECONDS, expiresAt: FOREVER_SECONDS }
    await world.online.updateAll([{ pk: valuesPk('feed', 'item', 'i1'), sk: VALUES_SK, set }])
    world.land(1, [shown()])
    await world.write(1)
    expect(await world.row('i1')).toMatchObject({ expiresAt: FOREVER_SECONDS })
  })
})

describe('A fold', () => {
  const openIn = (row: object | null) =>
    Object.keys(row ?? {}).filter((name) => name.startsWith(OPEN_PREFIX))

  test('A closing takes the place of its drops in the row', async () => {
    const world = makeWorld()
    const event = shown()
    world.land(1, [event, { ...event, row: 9 }, clicked({ value: 2 }), clicked({ value: 4 })])
    await world.write(1)
    const valueAt = async (hour: number) =>
      rowValue(
        (await world.row('i1'))!,
        (await loadFolded(world.online, 'feed'))!,
        seriesFor('shown'),
        DAY0_MS + hour * HOUR_MS,
        24,
      )
    await world.fold(2)
    // The hour is still open: both copies count.
    expect(await valueAt(3)).toBe(2)
    await world.fold(4)
    expect(openIn(await world.row('i1'))).toEqual([])
    expect(await valueAt(4)).toBe(1)
    // A redelivery of a drop that is folded writes nothing.
    expect(await world.write(1)).toEqual({ result: 'written', rows: 0 })
    const spent = seriesFor('spent')
    const ring = (await world.row('i1'))!['ring'] as Uint8Array
    const { series } = decodeBlock(ring, new Map([[spent.id, spent]]), 'ring')
    expect([...series.get(spent.id)!.buckets.values()]).toHaveLength(1)
  })

  test('A new feature has its whole window after one fold', async () => {
    const world = makeWorld()
    world.land(1, [shown(), clicked(), clicked({ user: 'u2' })])
    await world.fold(4)
    const lateMs = DAY0_MS + 4 * HOUR_MS
    world.land(2, [clicked({ timeMs: lateMs, arrivalMs: lateMs })])
    await world.write(2, undefined, lateMs)
    const bought = {
      ...counted,
      kind: 'distinct',
      name: 'buyers',
      event: 'click',
      of: 'user.id',
    } as const
    const clicks = {
      ...counted,
      kind: 'count',
      name: 'clicks',
      event: 'click',
      windowHours: 30,
    } as const
    const settings = { ...scene, features: [...scene.features, bought, clicks] }
    await world.fold(5, settings)
    const folded = (await loadFolded(world.online, 'feed'))!
    const [buyers, count] = [bought, clicks].map((feature) => seriesOf([feature])[0]!)
    expect(folded.series.map(({ id }) => id)).toEqual(
      expect.arrayContaining([buyers!.id, count!.id]),
    )
    const row = (await world.row('i1'))!
    // Two clicks of the closed hour, and one of the drop that no closing has folded.
    expect(rowValue(row, folded, count!, DAY0_MS + 6 * HOUR_MS, 30)).toBe(3)
    const { series } = decodeBlock(
      row['ring'] as Uint8Array,
      new Map([[buyers!.id, buyers!]]),
      'ring',
    )
    expect(series.get(buyers!.id)!.buckets.size).toBe(1)
  })

  test('A row of a newer format stops the fold', async () => {
    const world = makeWorld()
    world.land(1, [shown()])
    const set = { ring: Uint8Array.of(81, 86, 9, 0, 0, 0, 0) }
    await world.online.updateAll([{ pk: valuesPk('feed', 'item', 'i1'), sk: VALUES_SK, set }])
    const failure = await world.fold(4).catch((error: Error) => error)
    expect(failure).toBeInstanceOf(CorruptArtifact)
    expect(String(failure)).toMatch(/a row of item in feed: ring: got format version 9, expected/)
    expect(await world.row('i1')).toEqual(set)
    expect(await loadFolded(world.online, 'feed')).toBeNull()
  })
})
