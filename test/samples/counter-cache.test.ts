import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countersKey } from '../../functions/contract/keys.ts'
import { COUNTER_COLUMNS, type CounterRow } from '../../functions/contract/rows.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { indexCounters } from '../../functions/features/as-of-counts.ts'
import { createCounterCache } from '../../functions/samples/counter-cache.ts'
import { DAY0_MS } from '../make/events.ts'
import { memoryObjects } from '../make/memory-objects.ts'

const CLOSINGS = 12
const WINDOW_HOURS = 4
const closedMs = (n: number): number => DAY0_MS + n * HOUR_MS
const keyOf = (n: number): string =>
  countersKey({ scene: 'feed', closedThroughMs: closedMs(n), piece: 0 })

/** What each closing counted: events that were knowable in the hour before it, and stragglers. */
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
const FILTERS: Record<string, (row: CounterRow) => boolean> = {
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

describe('The counter cache', () => {
  test('The counter cache answers like a fresh index after any history', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 12 }), async (requests) => {
        const shelf = createCounterCache(makeLake())
        for (const asked of requests) {
          const closings = closingsOf(asked)
          const isWanted = FILTERS[asked.of]!
          const counts = await shelf.open(closings.map(keyOf), asked.of, isWanted)
          const fresh = indexCounters(closings.flatMap(rowsOf).filter(isWanted))
          if (closings.length === 0) continue
          for (const id of ['u1', 'u2', 'u3'])
            for (let n = 0; n <= CLOSINGS + 3; n++)
              expect(counts.count('user', id, 'impression', closedMs(n), 1)).toBe(
                fresh.count('user', id, 'impression', closedMs(n), 1),
              )
        }
      }),
    )
  })

  test('A moving window makes the cache read only new and evicted files', async () => {
    const lake = makeLake()
    const read: string[] = []
    const shelf = createCounterCache({
      ...lake,
      get: (key) => {
        read.push(key)
        return lake.get(key)
      },
    })
    const open = (from: number) =>
      shelf.open(
        [0, 1, 2, 3].map((n) => keyOf(from + n)),
        'all',
        () => true,
      )
    for (const from of [0, 1, 2]) await open(from)
    expect(read).toEqual([0, 1, 2, 3, 4, 0, 5, 1].map(keyOf))
  })

  test('The counter cache keeps nothing of a file whose read failed', async () => {
    const lake = makeLake()
    let isBroken = true
    const shelf = createCounterCache({
      ...lake,
      get: async (key) => {
        if (isBroken && key === keyOf(1)) throw new Error('the network is gone')
        return lake.get(key)
      },
    })
    const open = () => shelf.open([keyOf(0), keyOf(1)], 'all', () => true)
    await expect(open()).rejects.toThrow('the network is gone')
    isBroken = false
    const counts = await open()
    const fresh = indexCounters([...rowsOf(0), ...rowsOf(1)])
    expect(counts.count('user', 'u1', 'impression', closedMs(2), 4)).toBe(
      fresh.count('user', 'u1', 'impression', closedMs(2), 4),
    )
  })
})
