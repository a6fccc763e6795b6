import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countersKey, deltaKey, openDropName } from '../../functions/contract/keys.ts'
import { COUNTER_COLUMNS, type CounterRow, DELTA_COLUMNS } from '../../functions/contract/rows.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { codeCounts } from '../../functions/features/coded-counts.ts'
import { createCounterCache } from '../../functions/samples/counter-cache.ts'
import { DAY0_MS, makeImpression } from '../make/events.ts'
import { land } from '../make/landing.ts'
import { memoryObjects } from '../make/memory-objects.ts'

const CLOSINGS = 12
const WINDOW_HOURS = 4
const closedMs = (n: number): number => DAY0_MS + n * HOUR_MS
const keyOf = (n: number): string =>
  countersKey({ scene: 'feed', closedThroughMs: closedMs(n), piece: 0 })

/** What each closing counted: events of the hour before it, and others. */
const rowsOf = (n: number): CounterRow[] =>
  ['u1', 'u2', 'u3'].flatMap((id, i) =>
    [-1, 0, 2].map((hours) => ({
      kind: 'user',
      id,
      event: 'impression',
      hourMs: closedMs(n) + hours * HOUR_MS,
      count: 1 + ((n * 7 + i) % 5),
    })),
  )
const makeLake = () => {
  const lake = memoryObjects('lake')
  for (let n = 0; n < CLOSINGS; n++) lake.drop(keyOf(n), writeParquet(COUNTER_COLUMNS, rowsOf(n)))
  return lake
}
const FILTERS: Record<string, (row: Pick<CounterRow, 'id'>) => boolean> = {
  all: () => true,
  'shard 0': ({ id }) => id !== 'u2',
  'shard 1': ({ id }) => id === 'u2',
}
/** A request as a run makes it: the closings of one window, some of which it may be without. */
const request = fc.record({
  from: fc.integer({ min: 0, max: CLOSINGS - 1 }),
  length: fc.integer({ min: 1, max: WINDOW_HOURS }),
  of: fc.constantFrom(...Object.keys(FILTERS)),
  skipped: fc.option(fc.integer({ min: 0, max: CLOSINGS - 1 })),
})
type Request = typeof request extends fc.Arbitrary<infer R> ? R : never
const closingsOf = ({ from, length, skipped }: Request): number[] =>
  Array.from({ length }, (_, i) => from + i).filter((n) => n < CLOSINGS && n !== skipped)

const DROPS = [0, 1].map((n) => ({ arrivalMs: DAY0_MS + n, drop: `${n}`.repeat(32) }))
const wanted = (
  closings: readonly number[],
  filterName: string,
  drops: readonly string[] = [],
) => ({
  ...{ scene: 'feed', counterKeys: closings.map(keyOf), drops },
  ...{ filterName, isWanted: FILTERS[filterName]! },
})

describe('The counter cache', () => {
  test('The counter cache answers like a fresh read after any history', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 12 }), async (requests) => {
        const cache = createCounterCache(makeLake())
        for (const asked of requests) {
          const closings = closingsOf(asked)
          const counts = await cache.open(wanted(closings, asked.of))
          const fresh = closings.map((n) => codeCounts(rowsOf(n).filter(FILTERS[asked.of]!)))
          expect(counts).toEqual({ closings: fresh, drops: [] })
        }
      }),
    )
  })

  test('A moving window makes the cache read only new files', async () => {
    const lake = makeLake()
    const read: string[] = []
    const cache = createCounterCache({
      ...lake,
      get: (key) => {
        read.push(key)
        return lake.get(key)
      },
    })
    for (const from of [0, 1, 2])
      await cache.open(
        wanted(
          [0, 1, 2, 3].map((n) => from + n),
          'all',
        ),
      )
    expect(read).toEqual([0, 1, 2, 3, 4, 5].map(keyOf))
  })

  test('The counter cache keeps nothing of a file whose read failed', async () => {
    const lake = makeLake()
    let isBroken = true
    const cache = createCounterCache({
      ...lake,
      get: async (key) => {
        if (isBroken && key === keyOf(1)) throw new Error('the network is gone')
        return lake.get(key)
      },
    })
    const open = () => cache.open(wanted([0, 1], 'all'))
    await expect(open()).rejects.toThrow('the network is gone')
    isBroken = false
    expect((await open()).closings).toEqual([0, 1].map((n) => codeCounts(rowsOf(n))))
  })

  test('A delta without a file is counted from the clean files', async () => {
    const lake = makeLake()
    const shown = makeImpression({ timeMs: DAY0_MS, arrivalMs: DAY0_MS, user: 'u2', item: 'i7' })
    land(lake, [shown, { ...shown, row: 2 }], 0)
    const delta = { kind: 'user', id: 'u1', event: 'click', hourMs: DAY0_MS, count: 3, aheadMs: 5 }
    lake.drop(deltaKey({ scene: 'feed', ...DROPS[1]! }), writeParquet(DELTA_COLUMNS, [delta]))
    const names = DROPS.map(openDropName)
    const { drops } = await createCounterCache(lake).open(wanted([], 'all', names))
    const counted = { event: 'impression', hourMs: DAY0_MS, count: 2, aheadMs: 0 }
    expect(drops).toEqual([
      codeCounts([
        { kind: 'item', id: 'i7', ...counted },
        { kind: 'user', id: 'u2', ...counted },
      ]),
      codeCounts([delta]),
    ])
  })
})
