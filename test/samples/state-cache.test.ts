import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commitClosing, loadClosing } from '../../functions/closing/chain.ts'
import { closeTask } from '../../functions/closing/close.ts'
import {
  cleanEntitiesKey,
  countersPrefix,
  dropManifestPrefix,
  openDropName,
  parseCountersKey,
  parseDropManifestKey,
} from '../../functions/contract/keys.ts'
import { ENTITY_COLUMNS, type EntityRow, type EventRow } from '../../functions/contract/rows.ts'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import type { Series } from '../../functions/contract/values.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { indexCatalogue } from '../../functions/features/catalogue.ts'
import { writeDrop } from '../../functions/features/near-line.ts'
import { seriesOf } from '../../functions/features/series.ts'
import { writeStates } from '../../functions/features/states.ts'
import { createStateCache } from '../../functions/samples/state-cache.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../make/events.ts'
import { land } from '../make/landing.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'

const HOURS = 5
const scene = makeScene({
  latenessMinutes: 60,
  features: [
    {
      name: 'last',
      kind: 'last-items',
      of: 'item.id',
      entity: 'user',
      event: 'click',
      windowHours: 9,
      length: 2,
    },
    {
      name: 'viewers',
      kind: 'distinct',
      entity: 'item',
      event: 'impression',
      windowHours: 9,
      of: 'user.id',
    },
  ],
})
const makeSeries = (
  id: string,
  [entity, event]: [string, string],
  kind: Pick<Series, 'state' | 'parameters'>,
): Series => ({ id, entity, event, ...kind, keepHours: 9, isNearLine: true })
const count = { state: 'count', parameters: {} } as const
const SERIES: Series[] = [
  makeSeries('00000001', ['user', 'click'], {
    ...{ state: 'last-items', parameters: { of: 'item.id', length: 2 } },
  }),
  makeSeries('00000002', ['item.genre', 'impression'], count),
  makeSeries('00000003', ['user+item', 'impression'], count),
  makeSeries('00000004', ['item', 'click'], {
    ...{ state: 'tally', parameters: { of: 'user.genre', length: 3 } },
  }),
]
const USERS = ['u0', 'u1', 'u2']
const ITEMS = ['i0', 'i1']
const GENRES = ['film', 'news']
const IDS = [
  ...USERS,
  ...ITEMS,
  ...GENRES,
  ...USERS.flatMap((u) => ITEMS.map((i) => `${u}\u001f${i}`)),
]

/** An event in a drop. It may happen long before, or repeat an event of another drop. */
const event = fc.record({
  id: fc.integer({ min: 0, max: 30 }),
  agoMinutes: fc.oneof(fc.integer({ min: -5, max: 50 }), fc.integer({ min: 0, max: 180 })),
  isOutcome: fc.boolean(),
})
const drops = fc.array(
  fc.record({
    arrivalMs: fc.integer({ min: 0, max: HOURS * HOUR_MS }).map((ms) => DAY0_MS + ms),
    events: fc.array(event, { minLength: 1, maxLength: 8 }),
  }),
  { minLength: 1, maxLength: 8 },
)
/** Statements about users and items, known before, between and after the drops. */
const statements = fc.array(
  fc.record({
    id: fc.constantFrom(...USERS, ...ITEMS),
    knowableMs: fc.integer({ min: -1, max: HOURS + 1 }).map((hour) => DAY0_MS + hour * HOUR_MS),
    genre: fc.constantFrom(...GENRES),
  }),
  { maxLength: 8 },
)

type Statement = Pick<EntityRow, 'id' | 'knowableMs'> & { genre: string }
const entityRows = (all: readonly Statement[]): EntityRow[] =>
  all.map(({ id, knowableMs, genre }, row) => ({
    ...{
      id,
      knowableMs,
      attributes: JSON.stringify({ genre }),
      title: null,
      text: null,
      drop: 'd',
      row,
    },
  }))
const eventRow = (
  arrivalMs: number,
  row: number,
  drawn: { id: number; agoMinutes: number; isOutcome: boolean },
): EventRow =>
  (drawn.isOutcome ? makeOutcome : makeImpression)({
    ...{ event: `e${drawn.id}`, row, arrivalMs, timeMs: arrivalMs - drawn.agoMinutes * MINUTE_MS },
    ...{ user: USERS[drawn.id % 3]!, item: ITEMS[drawn.id % 2]! },
  })

async function closeAll(lake: ObjectStore): Promise<string[]> {
  for (let hour = 1; hour <= HOURS + 3; hour++) {
    const closing = await loadClosing(lake, scene, DAY0_MS + hour * HOUR_MS + 35 * MINUTE_MS)
    for (const piece of closing.pieces) await closeTask(lake, piece)
    await commitClosing(lake, 'feed', closing.closedThroughMs)
  }
  return (await lake.list(countersPrefix('feed'))).map(({ key }) => key)
}

async function closeOneUserAnHour(lake: ReturnType<typeof memoryObjects>, series: Series[]) {
  for (let hour = 0; hour < HOURS; hour++) {
    const timeMs = DAY0_MS + hour * HOUR_MS + MINUTE_MS
    land(lake, [eventRow(timeMs, 0, { id: hour, agoMinutes: 0, isOutcome: true })], hour)
  }
  const counterKeys = await closeAll(lake)
  for (const key of counterKeys) await writeStates(lake, 'feed', series, parseCountersKey(key)!)
  return counterKeys
}

describe('The state cache', () => {
  test('Stored states equal those that events give when files are missing', async () => {
    let compared = 0
    await fc.assert(
      fc.asyncProperty(drops, statements, fc.nat(), async (landed, said, which) => {
        const lake = memoryObjects('lake')
        landed.forEach(({ arrivalMs, events }, n) => {
          land(
            lake,
            events.map((one, row) => eventRow(arrivalMs, row, one)),
            n,
          )
        })
        for (const [kind, letter] of [
          ['items', 'i'],
          ['users', 'u'],
        ] as const)
          lake.drop(
            cleanEntitiesKey({
              scene: 'feed',
              kind,
              arrivalMs: DAY0_MS - 1,
              part: 0,
              drop: 'f'.repeat(32),
            }),
            writeParquet(ENTITY_COLUMNS, entityRows(said.filter(({ id }) => id[0] === letter))),
          )
        const counterKeys = await closeAll(lake)
        const names = (await lake.list(dropManifestPrefix('feed'))).map(({ key }) =>
          openDropName(parseDropManifestKey(key)!),
        )
        const catalogueOf = (letter: string) =>
          indexCatalogue(entityRows(said.filter(({ id }) => id[0] === letter)))
        const open = (isInShard: (row: { user: string }) => boolean) =>
          createStateCache(lake).open({
            ...{
              scene: 'feed',
              series: SERIES,
              counterKeys,
              drops: names,
              filterName: 'all',
              isInShard,
            },
            loadCatalogues: async () => ({ items: catalogueOf('i'), users: catalogueOf('u') }),
          })
        const isInShard = ({ user }: { user: string }) => user !== USERS[which % 4]
        const recorded = await open(isInShard)
        for (const [n, key] of counterKeys.entries()) {
          // Some closings have no file of a new series.
          const series = n % 3 === 0 ? SERIES.slice(1) : SERIES
          await writeStates(lake, 'feed', series, parseCountersKey(key)!)
        }
        const stored = await open(isInShard)
        for (const series of SERIES)
          for (const id of IDS) {
            const listed = (found: typeof stored) =>
              found(series, id)
                .map(({ source, aheadMs, buckets }) =>
                  JSON.stringify([source, aheadMs, [...buckets]]),
                )
                .sort()
            expect(listed(stored)).toEqual(listed(recorded))
            compared += listed(stored).length
          }
      }),
      { numRuns: 40 },
    )
    expect(compared).toBeGreaterThan(200)
  })

  test('The near line changes no recorded state of a drop', async () => {
    const lake = memoryObjects('lake')
    const rows = Array.from({ length: 20 }, (_, n) =>
      eventRow(DAY0_MS + HOUR_MS, n, {
        id: n % 13,
        agoMinutes: (n % 5) - 2,
        isOutcome: n % 2 === 0,
      }),
    )
    land(lake, rows, 1)
    const [manifest] = await lake.list(dropManifestPrefix('feed'))
    const drop = openDropName(parseDropManifestKey(manifest!.key)!)
    const series = seriesOf(scene.features)
    const empty = indexCatalogue([])
    const open = () =>
      createStateCache(lake).open({
        ...{ scene: 'feed', series, counterKeys: [], drops: [drop], filterName: 'all' },
        isInShard: () => true,
        loadCatalogues: async () => ({ items: empty, users: empty }),
      })
    const before = await open()
    await writeDrop({ lake, online: memoryTable('online'), scene }, manifest!.key, DAY0_MS)
    expect(await lake.list('deltas/feed/')).toHaveLength(1)
    const after = await open()
    const listed = (found: typeof after) =>
      series.flatMap((one) =>
        IDS.flatMap((id) =>
          found(one, id).map(({ source, aheadMs, buckets }) => [
            one.id,
            id,
            source,
            aheadMs,
            [...buckets],
          ]),
        ),
      )
    expect(listed(after)).toEqual(listed(before))
    expect(listed(after).length).toBe(USERS.length + ITEMS.length)
  })

  test('A moving window reads each file once and forgets what it left', async () => {
    const lake = memoryObjects('lake')
    const series = SERIES.slice(0, 1)
    const counterKeys = await closeOneUserAnHour(lake, series)
    const read: string[] = []
    const find = (key: string) => {
      read.push(key)
      return lake.find(key)
    }
    const cache = createStateCache({ ...lake, find })
    const open = (keys: readonly string[]) =>
      cache.open({
        ...{ scene: 'feed', series, counterKeys: keys, drops: [], filterName: 'all' },
        isInShard: () => true,
        loadCatalogues: () => Promise.reject(new Error('every state has a file')),
      })
    const closingsOf = (found: Awaited<ReturnType<typeof open>>): number =>
      USERS.reduce((sum, id) => sum + found(series[0]!, id).length, 0)
    expect(counterKeys.length).toBe(HOURS)
    for (let from = 0; from + 2 <= HOURS; from++)
      expect(closingsOf(await open(counterKeys.slice(from, from + 2)))).toBe(2)
    expect(new Set(read).size).toBe(HOURS)
    expect(read.length).toBe(HOURS)
    // The last two calls needed the last three files only.
    await open(counterKeys.slice(0, 2))
    expect(read.length).toBe(HOURS + 2)
  })

  test('A file without users of the shard leaves the cache', async () => {
    const lake = memoryObjects('lake')
    const series = SERIES.slice(0, 1)
    const counterKeys = await closeOneUserAnHour(lake, series)
    const cache = createStateCache(lake)
    const closingsOf = async (...keys: string[]): Promise<number> => {
      const found = await cache.open({
        ...{ scene: 'feed', series, counterKeys: keys, drops: [], filterName: 'first' },
        isInShard: ({ user }) => user === USERS[0],
        loadCatalogues: () => Promise.reject(new Error('every state has a file')),
      })
      return found(series[0]!, USERS[0]!).length
    }
    const [first, second, third] = counterKeys as [string, string, string]
    expect(await closingsOf(first, second)).toBe(1)
    expect(await closingsOf(third)).toBe(0)
    expect(await closingsOf(third)).toBe(0)
    expect(await closingsOf(first, second)).toBe(1)
  })
})
