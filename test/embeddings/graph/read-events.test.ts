import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { embeddingsSchema } from '../../../functions/contract/embeddings.ts'
import { closedKey } from '../../../functions/contract/keys.ts'
import { EVENT_COLUMNS, type EventRow } from '../../../functions/contract/rows.ts'
import { DAY_MS, floorHour, HOUR_MS } from '../../../functions/contract/time.ts'
import { writeParquet } from '../../../functions/core/parquet.ts'
import { readEvents } from '../../../functions/embeddings/graph/read-events.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../../make/events.ts'
import { memoryObjects } from '../../make/memory-objects.ts'
import { makeScene } from '../../make/scene.ts'
import { putSnapshot, verdict } from '../../make/verdicts.ts'

const THROUGH_MS = DAY0_MS + 3 * DAY_MS
const WINDOW = { fromMs: DAY0_MS, throughMs: THROUGH_MS, nowMs: THROUGH_MS + HOUR_MS }
const scene = makeScene({
  embeddings: embeddingsSchema.parse({ graph: { halfLifeDays: 1 } }),
})

/** Closed files by hour; rows of an hour are spread over files as `fileOf` says. */
async function lakeOf(
  rows: readonly EventRow[],
  fileOf: (row: EventRow) => number = () => 0,
  closedThroughMs = THROUGH_MS,
) {
  const lake = memoryObjects('lake')
  const files = Map.groupBy(rows, (row) => `${floorHour(row.timeMs)} ${fileOf(row)}`)
  for (const [name, own] of files) {
    const [hourMs, shard] = name.split(' ').map(Number) as [number, number]
    const about = { scene: 'feed', hourMs, closedThroughMs, accepted: own.length }
    const key = closedKey({ ...about, shard, shards: 9 })
    await lake.put(key, writeParquet(EVENT_COLUMNS, own))
  }
  return lake
}
const click = (user: string, item: string, timeMs: number, fields: Partial<EventRow> = {}) =>
  makeOutcome({ user, item, timeMs, ...fields })

const read = async (rows: readonly EventRow[], fileOf?: (row: EventRow) => number) =>
  readEvents(await lakeOf(rows, fileOf), scene, WINDOW)

describe('events for a graph', () => {
  test('Interactions are by user, in the order of time and log', async () => {
    const at = DAY0_MS + HOUR_MS
    const { interactions } = await read([
      click('v', 'b', at, { drop: 'd1', row: 7 }),
      click('u', 'c', at + 1, { row: 1 }),
      click('u', 'b', at, { drop: 'd0', arrivalMs: at + 9, row: 0 }),
      click('u', 'd', at, { drop: 'd2', arrivalMs: at, row: 9 }),
      click('u', 'a', at, { drop: 'd2', arrivalMs: at, row: 10 }),
      click('u', 'd', at - 1, { row: 5 }),
    ])
    expect(interactions.users).toEqual(['u', 'v'])
    expect(interactions.items).toEqual(['a', 'b', 'c', 'd'])
    expect([...interactions.offsets]).toEqual([0, 5, 6])
    const names = [...interactions.targets].map((item) => interactions.items[item])
    expect(names).toEqual(['d', 'd', 'a', 'b', 'c', 'b'])
    expect([...interactions.timesMs].map((timeMs) => timeMs - at)).toEqual([-1, 0, 0, 0, 1, 0])
  })

  test('A weight halves with every half-life before the end', async () => {
    const { interactions } = await read([
      click('u', 'a', THROUGH_MS - DAY_MS),
      click('u', 'a', THROUGH_MS - 3 * DAY_MS),
    ])
    expect([...interactions.weights]).toEqual([0.125, 0.5])
  })

  test('Only outcomes with a weight count, each by its own', async () => {
    const graph = { outcomes: { click: 2, purchase: 6 }, halfLifeDays: 1e9 }
    const shop = { ...scene, embeddings: embeddingsSchema.parse({ graph }) }
    const rows = ['click', 'purchase', 'dwell'].map((outcome, n) =>
      click('u', outcome, DAY0_MS + n, { outcome }),
    )
    const lake = await lakeOf([...rows, makeImpression({ item: 'seen', timeMs: DAY0_MS })])
    const { interactions, exposure, counts } = await readEvents(lake, shop, WINDOW)
    expect(interactions.items).toEqual(['click', 'purchase'])
    expect([...interactions.weights].map(Math.round)).toEqual([2, 6])
    expect(exposure.items).toEqual(['click', 'dwell', 'purchase', 'seen'])
    expect([...exposure.impressions]).toEqual([0, 0, 0, 1])
    expect([...exposure.firstMs].map((timeMs) => timeMs - DAY0_MS)).toEqual([0, 2, 1, 0])
    expect(counts).toEqual({ rows: 4, excluded: 0, positives: 2 })
  })

  test('Verdicts known by then exclude events or change their weight', async () => {
    const rows = ['u1', 'u2', 'u3'].map((user) => click(user, 'a', THROUGH_MS - 1, { drop: user }))
    const lake = await lakeOf(rows)
    const days = { fromMs: DAY0_MS, throughMs: THROUGH_MS, expiresMs: THROUGH_MS + DAY_MS }
    const about = { scene: 'feed', previousMs: null, screenedFromMs: DAY0_MS }
    const made = {
      ...about,
      screenedThroughMs: THROUGH_MS,
      detectorsDigest: 'd',
      inputsDigest: 'i',
    }
    await putSnapshot(lake, { ...made, madeMs: THROUGH_MS }, [
      verdict({ ...days, id: 'u1' }),
      verdict({ ...days, id: 'u2', action: 'weigh', weight: 0.25 }),
      verdict({ ...days, id: 'u3', action: 'watch' }),
    ])
    await putSnapshot(lake, { ...made, madeMs: WINDOW.nowMs + 1 }, [verdict({ ...days, id: 'u3' })])
    const { interactions, counts, verdicts } = await readEvents(lake, scene, WINDOW)
    expect(interactions.users).toEqual(['u2', 'u3'])
    expect([...interactions.weights].map((weight) => weight.toFixed(6))).toEqual([
      '0.250000',
      '1.000000',
    ])
    expect(counts.excluded).toBe(1)
    expect(verdicts!.key).toContain(String(THROUGH_MS))
  })

  test('Events outside of the window, and later closings, are not read', async () => {
    const inside = click('u', 'a', DAY0_MS)
    const rows = [inside, click('u', 'b', DAY0_MS - 1), click('u', 'c', THROUGH_MS)]
    expect((await read(rows)).interactions.items).toEqual(['a'])
    const later = await lakeOf([inside], () => 0, THROUGH_MS + HOUR_MS)
    expect((await readEvents(later, scene, WINDOW)).interactions.items).toEqual([])
    const half = { ...WINDOW, fromMs: DAY0_MS + HOUR_MS / 2 }
    expect((await readEvents(await lakeOf(rows), scene, half)).interactions.items).toEqual([])
  })

  test('With too many events, the newest whole hours are read', async () => {
    const rows = Array.from({ length: 40 }, (_, n) =>
      click(`u${n}`, 'a', DAY0_MS + Math.floor(n / 4) * HOUR_MS),
    )
    const lake = await lakeOf(rows, ({ user }) => user.length)
    const limits = { positives: 10, rows: 1000 }
    const cut = await readEvents(lake, scene, WINDOW, limits)
    expect([cut.fromMs, cut.counts.positives]).toEqual([DAY0_MS + 7 * HOUR_MS, 12])
    expect(cut.interactions.users[0]).toBe('u28')
    const byRows = await readEvents(lake, scene, WINDOW, { positives: 1000, rows: 5 })
    expect(byRows.counts.rows).toBe(8)
    expect((await readEvents(lake, scene, WINDOW)).fromMs).toBe(DAY0_MS)
  })

  test('An empty week has no users and no items', async () => {
    const { interactions, exposure } = await readEvents(memoryObjects('lake'), scene, WINDOW)
    expect([interactions.users, interactions.items, exposure.items]).toEqual([[], [], []])
    expect([...interactions.offsets]).toEqual([0])
  })

  test('Permuted rows and files give the same interactions', async () => {
    const event = fc.record({
      user: fc.constantFrom('u1', 'u2', 'é', 'z'),
      item: fc.constantFrom('a', 'b', 'c'),
      timeMs: fc.integer({ min: 0, max: 5 }).map((hour) => DAY0_MS + (hour * HOUR_MS) / 2),
      drop: fc.constantFrom('d1', 'd2'),
      type: fc.constantFrom('impression', 'outcome'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 30 }), fc.nat(), async (events, salt) => {
        const arrivals = { d1: DAY0_MS + 1, d2: DAY0_MS }
        const rows = events.map((fields, row) => ({
          ...makeImpression({ ...fields, row, arrivalMs: arrivals[fields.drop as 'd1'] }),
          outcome: fields.type === 'outcome' ? 'click' : null,
        }))
        const turned = rows.toSorted(
          (a, b) => ((a.row * 7 + salt) % 31) - ((b.row * 7 + salt) % 31),
        )
        expect(await read(turned, ({ row }) => (row + salt) % 3)).toEqual(await read(rows))
      }),
      { numRuns: 40 },
    )
  })
})
