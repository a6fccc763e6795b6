import { describe, expect, test } from 'vitest'
import { countersKey } from '../../functions/contract/keys.ts'
import { bucketSk } from '../../functions/contract/registry.ts'
import { COUNTER_COLUMNS, type CounterRow } from '../../functions/contract/rows.ts'
import { longestWindowMs, type Scene } from '../../functions/contract/scene.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { bucketRows, countsSince, publishCounts } from '../../functions/release/online.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { partsOf } from '../make/releases.ts'
import { makeScene } from '../make/scene.ts'

describe('Online counts', () => {
  const scene = makeScene()
  const hour = DAY0_MS + 3 * HOUR_MS
  const counters: CounterRow[] = [
    { kind: 'item', id: 'i1', event: 'impression', hourMs: hour, count: 3 },
    { kind: 'item', id: 'i1', event: 'impression', hourMs: hour + HOUR_MS, count: 2 },
    { kind: 'item', id: 'i1', event: 'click', hourMs: hour, count: 1 },
    { kind: 'item', id: 'i1', event: 'purchase', hourMs: hour, count: 9 },
    { kind: 'user', id: 'u1', event: 'impression', hourMs: hour, count: 4 },
  ]

  test('Online counts are one row per entity until the longest window ends', () => {
    const rows = bucketRows(scene, DAY0_MS + DAY_MS, 5_000_000, counters)
    const epochHour = String(hour / HOUR_MS)
    expect(rows.map(({ pk }) => pk)).toEqual(['feed#item#i1', 'feed#user#u1'])
    expect(rows[0]!.row.counts).toEqual({
      impression: { [epochHour]: 3, [String(hour / HOUR_MS + 1)]: 2 },
      click: { [epochHour]: 1 },
    })
    expect(rows[0]!.row.expiresAt).toBe(5000 + 168 * 3600 + 86_400)
  })

  test('A first release publishes closings with late arrivals in the longest window', async () => {
    const lake = memoryObjects('lake')
    const online = memoryTable()
    const throughMs = DAY0_MS + 30 * DAY_MS
    const windowFromMs = throughMs - longestWindowMs(scene)
    // Hours wait 60 minutes, and a drop 35 to be read: stragglers reach 1 h 25 min past a closing.
    for (const hoursBefore of [2, 1, 0])
      lake.drop(
        countersKey({
          ...{ scene: 'feed', piece: 0 },
          closedThroughMs: windowFromMs - hoursBefore * HOUR_MS,
        }),
        writeParquet(COUNTER_COLUMNS, counters),
      )
    await publishCounts(lake, online, scene, { sinceMs: null, throughMs }, 1000)
    const published = await online.query('feed#item#i1', 'BUCKETS#')
    expect(published.map(({ sk }) => sk)).toEqual(
      [1, 0].map((hours) => bucketSk(windowFromMs - hours * HOUR_MS)),
    )
  })

  test('Each closing since the served release is published once', async () => {
    const lake = memoryObjects('lake')
    const online = memoryTable()
    const through = [1, 2, 3].map((day) => DAY0_MS + day * DAY_MS)
    for (const closedThroughMs of through)
      lake.drop(
        countersKey({ scene: 'feed', closedThroughMs, piece: 0 }),
        writeParquet(COUNTER_COLUMNS, counters),
      )
    const publish = () =>
      publishCounts(lake, online, scene, { sinceMs: through[0]!, throughMs: through[2]! }, 1000)
    expect(await publish()).toBe(4)
    expect(await publish()).toBe(0)
    expect((await online.query('feed#item#i1', 'BUCKETS#')).length).toBe(2)
  })

  test('Counts of a newly used event are published for its whole window', async () => {
    const lake = memoryObjects('lake')
    const online = memoryTable()
    const throughMs = DAY0_MS + DAY_MS
    const key = countersKey({ scene: 'feed', closedThroughMs: throughMs, piece: 0 })
    lake.drop(key, writeParquet(COUNTER_COLUMNS, counters))
    const { values } = partsOf(makeVersion(1, { closedThroughMs: throughMs }))
    const asked = { ...values!, generation: 'as before' }
    const sinceMs = countsSince(asked, 'as before')
    expect(await publishCounts(lake, online, scene, { sinceMs, throughMs }, 1000)).toBe(0)

    const features: Scene['features'] = [
      ...scene.features,
      { name: 'bought', kind: 'count', entity: 'item', event: 'purchase', windowHours: 24 },
    ]
    const interval = { sinceMs: countsSince(asked, 'with purchases'), throughMs }
    expect(await publishCounts(lake, online, { ...scene, features }, interval, 1000)).toBe(2)
    const [row] = await online.query('feed#item#i1', 'BUCKETS#')
    expect(row!['counts']).toMatchObject({ purchase: { [String(hour / HOUR_MS)]: 9 } })
  })
})
