import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Series } from '../../functions/contract/values.ts'
import { CorruptArtifact } from '../../functions/core/errors.ts'
import type { Counts } from '../../functions/features/states/counts.ts'
import { type DistinctState, distinctOf } from '../../functions/features/states/distinct.ts'
import type { Dated } from '../../functions/features/states/last-items.ts'
import { quantileOf } from '../../functions/features/states/quantiles.ts'
import { meanOf, type SumState, sumOf } from '../../functions/features/states/sum.ts'
import { countOf, type TallyState } from '../../functions/features/states/tally.ts'
import { weightOf } from '../../functions/features/states/weighted.ts'
import { murmur3 } from '../../functions/math/hash.ts'
import {
  bytesOf,
  type EventFields,
  eventFields,
  readBack,
  recorded,
  written,
} from './make-events.ts'

type Kind = Pick<Series, 'state' | 'parameters'>
const KINDS: Kind[] = [
  { state: 'count', parameters: {} },
  { state: 'sum', parameters: { of: 'value' } },
  { state: 'weighted', parameters: { examination: [1, 0.62, 0.333, 0.05] } },
  { state: 'last', parameters: {} },
  { state: 'last-value', parameters: { of: 'item.category' } },
  { state: 'last-items', parameters: { of: 'item.id', length: 5 } },
  { state: 'distinct', parameters: { of: 'item.id' } },
  { state: 'quantiles', parameters: { of: 'value' } },
  { state: 'tally', parameters: { of: 'item.id', length: 8 } },
  { state: 'minutes', parameters: {} },
]
const kindOf = (state: Series['state']): Kind => KINDS.find((kind) => kind.state === state)!
const events = fc.array(eventFields, { minLength: 1, maxLength: 300 })
const stateOf = <S>(kind: Kind, drawn: readonly EventFields[]): S | null => {
  const bytes = bytesOf(kind, drawn.map(recorded), [])
  return bytes && readBack<S>(kind, bytes)
}
const blank: EventFields = {
  timeMs: 0,
  event: 'click',
  user: 'ann',
  item: 'tea',
  value: null,
  position: null,
  id: 'e',
  category: null,
}

describe('States that merge', () => {
  test.each(KINDS)('Order and grouping do not change the bytes of $state', (kind) => {
    fc.assert(
      fc.property(
        events,
        fc.infiniteStream(fc.nat()),
        fc.array(fc.nat(), { minLength: 1, maxLength: 40 }),
        (drawn, keys, cuts) => {
          const plain = bytesOf(kind, drawn.map(recorded), [])
          const sorted = drawn
            .map((event) => ({ event, key: keys.next().value as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ event }) => recorded(event))
          expect(bytesOf(kind, sorted, cuts)).toEqual(plain)
          if (plain === null) return
          expect(written(kind, readBack(kind, plain))).toEqual(plain)
        },
      ),
      { numRuns: 150 },
    )
  })

  test.each(KINDS)('A state of $state that ends early is refused', (kind) => {
    const bytes = bytesOf(kind, [recorded({ value: 3, category: 'tea', position: 2 })], [0])!
    expect(() => readBack(kind, bytes.subarray(0, -1))).toThrow(CorruptArtifact)
  })

  test('A count is the number of events', () => {
    fc.assert(
      fc.property(events, (drawn) => {
        expect(stateOf<number>(kindOf('count'), drawn)).toBe(drawn.length)
      }),
    )
  })

  test('A sum is exact in millionths, whatever was added before', () => {
    const values = [1e12, 0.1, 0.2, -1e12, 1e-6, 1e300, Number.NaN]
    const state = stateOf<SumState>(
      kindOf('sum'),
      values.slice(0, 6).map((value) => ({ ...blank, value })),
    )!
    expect(state).toEqual({ count: 5, sum: 300_001n })
    expect(sumOf(state)).toBe(0.300001)
    expect(meanOf(state)).toBeCloseTo(0.0600002, 12)
    fc.assert(
      fc.property(events, (drawn) => {
        const present = drawn.map(({ value }) => value).filter((value) => value !== null)
        const found = stateOf<SumState>(kindOf('sum'), drawn)
        expect(found?.count ?? 0).toBe(present.length)
        const plain = present.reduce((a, b) => a + b, 0)
        expect(Math.abs((found ? sumOf(found) : 0) - plain)).toBeLessThan(
          1e-6 * present.length + 1e-9,
        )
      }),
    )
  })

  test('An impression counts with the share of its position', () => {
    fc.assert(
      fc.property(events, (drawn) => {
        const share = (position: number | null) =>
          position === null ? 1 : ([1, 0.62, 0.333, 0.05][position - 1] ?? 0.05)
        const plain = drawn.reduce((sum, { position }) => sum + share(position), 0)
        expect(weightOf(stateOf<number>(kindOf('weighted'), drawn)!)).toBeCloseTo(plain, 9)
      }),
    )
  })

  test('The last time is the greatest', () => {
    fc.assert(
      fc.property(events, (drawn) => {
        expect(stateOf<number>(kindOf('last'), drawn)).toBe(
          Math.max(...drawn.map(({ timeMs }) => timeMs)),
        )
      }),
    )
  })

  test('The last items are those of the sorted distinct events', () => {
    fc.assert(
      fc.property(events, (drawn) => {
        const distinct = [
          ...new Set(
            drawn.map(({ timeMs, id, item }) => JSON.stringify([timeMs, murmur3(id), item])),
          ),
        ]
          .map((text) => JSON.parse(text) as [number, number, string])
          .sort((a, b) => b[0] - a[0] || b[1] - a[1] || (a[2] < b[2] ? 1 : -1))
        expect(stateOf<Dated[]>(kindOf('last-items'), drawn)!.map(({ text }) => text)).toEqual(
          distinct.slice(0, 5).map(([, , item]) => item),
        )
        const timeMs = Math.max(
          ...drawn.filter(({ category }) => category !== null).map((event) => event.timeMs),
        )
        const last = stateOf<Dated>(kindOf('last-value'), drawn)
        expect(last?.timeMs ?? Number.NEGATIVE_INFINITY).toBe(timeMs)
        const texts = drawn
          .filter((event) => event.timeMs === timeMs)
          .map((event) => event.category)
        if (last) expect(texts).toContain(last.text)
      }),
    )
  })

  test('Minutes count the events of each minute', () => {
    fc.assert(
      fc.property(events, (drawn) => {
        const plain = Map.groupBy(drawn, ({ timeMs }) => Math.floor(timeMs / 60_000))
        const sorted = [...plain]
          .map(([minute, own]) => [minute, own.length])
          .sort((a, b) => a[0]! - b[0]!)
        expect(stateOf<Counts>(kindOf('minutes'), drawn)).toEqual(sorted)
      }),
    )
  })

  test('A kept value has its exact count, and others are unknown', () => {
    fc.assert(
      fc.property(events, (drawn) => {
        const state = stateOf<TallyState>(kindOf('tally'), drawn)!
        expect(state.total).toBe(drawn.length)
        const plain = Map.groupBy(drawn, ({ item }) => item)
        const byHash = [...plain.keys()].sort((a, b) => murmur3(a) - murmur3(b) || (a < b ? -1 : 1))
        expect(state.values.map(({ text }) => text)).toEqual(byHash.slice(0, 8))
        for (const [n, item] of byHash.entries())
          expect(countOf(state, item, 8)).toBe(n < 8 ? plain.get(item)!.length : null)
        if (byHash.length < 8) expect(countOf(state, 'never seen', 8)).toBe(0)
      }),
    )
  })
})

describe('States that estimate', () => {
  test('Few different values are counted exactly', () => {
    fc.assert(
      fc.property(events, (drawn) => {
        const items = new Set(drawn.map(({ item }) => item)).size
        fc.pre(items <= 128)
        expect(distinctOf(stateOf<DistinctState>(kindOf('distinct'), drawn)!)).toBe(items)
      }),
    )
  })

  test('The error of many different values stays within its bound', () => {
    const errors: number[] = []
    for (let set = 0; set < 15; set++)
      for (const size of [200, 1000, 3000]) {
        const drawn = Array.from({ length: size }, (_, n) => ({ ...blank, item: `${set} ${n}` }))
        const state = stateOf<DistinctState>(kindOf('distinct'), drawn)!
        expect(state).toBeInstanceOf(Uint8Array)
        errors.push(distinctOf(state) / size - 1)
      }
    // 1.04 / √1024 is the standard error. Of 45 draws, one may be beyond three of them.
    const root = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length)
    expect(root).toBeLessThan(0.0325 * 1.3)
    expect(errors.filter((error) => Math.abs(error) > 3 * 0.0325).length).toBeLessThan(2)
    expect(Math.abs(errors.reduce((a, b) => a + b) / errors.length)).toBeLessThan(0.015)
  })

  test('A quantile is within one percent of the sorted values', () => {
    const value = fc.oneof(
      fc.constantFrom(0, 1, -1, 1e-12),
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      fc.double({ min: 1e-6, max: 1, noNaN: true }),
    )
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const state = stateOf<Counts>(
            kindOf('quantiles'),
            values.map((one) => ({ ...blank, value: one })),
          )!
          const exact = values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))]!
          expect(Math.abs(quantileOf(state, q) - exact)).toBeLessThanOrEqual(
            0.01 * Math.abs(exact) * (1 + 1e-9) + 1e-9,
          )
        },
      ),
    )
  })
})
