import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Feature } from '../../functions/contract/features.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import type { Series } from '../../functions/contract/values.ts'
import { foldedText, openAttribute, VALUES_SK, valuesPk } from '../../functions/contract/values.ts'
import { CorruptArtifact } from '../../functions/core/errors.ts'
import {
  type Block,
  bucketsIn,
  decodeBlock,
  encodeBlock,
  openBlock,
  sumCounts,
} from '../../functions/features/block.ts'
import { seriesOf } from '../../functions/features/series.ts'
import { addState, stateKindOf } from '../../functions/features/states/states.ts'
import { murmur3Bytes } from '../../functions/math/hash.ts'
import { eventFields, recorded } from './make-events.ts'

const FIRST_HOUR = 480_000
const countOf = (event: string): Feature => ({
  name: event,
  kind: 'count',
  entity: 'item',
  event,
  windowHours: 168,
})
const features: Feature[] = [
  countOf('impression'),
  countOf('click'),
  { ...countOf('click'), name: 'd', kind: 'distinct', of: 'item.id' } as Feature,
  { ...countOf('click'), name: 'q', kind: 'quantile', of: 'value', q: 0.5 } as Feature,
  { ...countOf('click'), name: 'l', kind: 'last-items', of: 'item.id', length: 3 } as Feature,
]
const series = seriesOf(features)
const byId = new Map(series.map((one) => [one.id, one]))
const counts = series.filter(({ state }) => state === 'count')

/** A block of events in the drawn hours, each recorded in every series. */
const block: fc.Arbitrary<Block> = fc
  .record({
    aheadMs: fc.nat(10_000),
    events: fc.array(fc.tuple(fc.nat(30), fc.nat(series.length), eventFields), { maxLength: 60 }),
  })
  .map(({ aheadMs, events }) => {
    const made: Block = { aheadMs, series: new Map() }
    for (const [hour, skipped, event] of events)
      for (const [n, one] of series.entries()) {
        const state = stateKindOf(one).record(recorded(event), one.parameters)
        if (n === skipped || state === null) continue
        const own = made.series.get(one.id) ?? { series: one, buckets: new Map() }
        made.series.set(one.id, own)
        addState(one, own.buckets, (FIRST_HOUR + hour) * HOUR_MS, state)
      }
    return made
  })
/** With the maps in a drawn order. */
const shuffled = ({ aheadMs, series: content }: Block): Block => ({
  aheadMs,
  series: new Map(
    [...content]
      .reverse()
      .map(([id, own]) => [id, { ...own, buckets: new Map([...own.buckets].reverse()) }]),
  ),
})
const rehashed = (bytes: Uint8Array): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  new DataView(copy.buffer).setUint32(3, murmur3Bytes(copy, 7), true)
  return copy
}

describe('A block of states', () => {
  test('A decoded block has the encoded states, and the same bytes again', () => {
    fc.assert(
      fc.property(block, (made) => {
        const bytes = encodeBlock(made)
        const decoded = decodeBlock(bytes, byId, 'the block')
        expect(decoded.aheadMs).toBe(made.aheadMs)
        const plain = (one: Block) =>
          [...one.series]
            .map(([id, { buckets }]) => [id, [...buckets].sort(([a], [b]) => a - b)] as const)
            .sort(([a], [b]) => (a < b ? -1 : 1))
        expect(plain(decoded)).toEqual(plain(made))
        expect(encodeBlock(decoded)).toEqual(bytes)
        expect(encodeBlock(shuffled(made))).toEqual(bytes)
      }),
    )
  })

  test('A sum from the bytes equals the sum of the buckets', () => {
    fc.assert(
      fc.property(block, fc.integer({ min: -2, max: 32 }), fc.nat(40), (made, from, hours) => {
        const open = openBlock(encodeBlock(made), 'the block')
        const [fromMs, throughMs] = [
          (FIRST_HOUR + from) * HOUR_MS,
          (FIRST_HOUR + from + hours) * HOUR_MS,
        ]
        for (const one of counts) {
          let sum = 0
          for (const [hourMs, count] of made.series.get(one.id)?.buckets ?? [])
            if (hourMs >= fromMs && hourMs <= throughMs) sum += count as number
          expect(sumCounts(open, one.id, fromMs, throughMs)).toBe(sum)
        }
      }),
    )
  })

  test('Counts of any size are summed from the bytes', () => {
    const [one] = counts as [Series]
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 31 - 1), { minLength: 1, maxLength: 20 }), (drawn) => {
        const buckets = new Map(
          drawn.map((count, n) => [(FIRST_HOUR + 2 * n) * HOUR_MS, count * 2 ** (n % 20)]),
        )
        const bytes = encodeBlock({
          aheadMs: 0,
          series: new Map([[one.id, { series: one, buckets }]]),
        })
        expect(sumCounts(openBlock(bytes, 'the block'), one.id, 0, 1e15)).toBe(
          [...buckets.values()].reduce((a, b) => a + b),
        )
      }),
    )
  })

  test('Series that a reader does not know are skipped', () => {
    fc.assert(
      fc.property(block, fc.nat(series.length - 1), (made, n) => {
        const known = new Map([...byId].filter(([id]) => id !== series[n]!.id))
        const rest = new Map([...made.series].filter(([id]) => known.has(id)))
        const decoded = decodeBlock(encodeBlock(made), known, 'the block')
        expect(encodeBlock(decoded)).toEqual(encodeBlock({ ...made, series: rest }))
      }),
    )
  })
})

describe('The size of a row', () => {
  test('The row of 168 busy hours fits in 2 KB', () => {
    const four = seriesOf(['impression', 'click', 'purchase', 'dwell'].map(countOf))
    const busy = (hour: number, n: number): number => 1 + ((hour * 7919 + n * 104_729) % 3000)
    const ring = encodeBlock({
      aheadMs: 0,
      series: new Map(
        four.map((one, n) => [
          one.id,
          {
            series: one,
            buckets: new Map(
              Array.from({ length: 168 }, (_, hour) => [
                (FIRST_HOUR + hour) * HOUR_MS,
                busy(hour, n),
              ]),
            ),
          },
        ]),
      ),
    })
    const folded = foldedText({ closedThroughMs: 1.7e12, arrivedThroughMs: 1.7e12 }, '00c0ffee')
    const open = encodeBlock({
      aheadMs: 0,
      series: new Map(
        four.map((one) => [
          one.id,
          { series: one, buckets: new Map([[FIRST_HOUR * HOUR_MS, 40]]) },
        ]),
      ),
    })
    const attributes: [string, string | Uint8Array][] = [
      ['pk', valuesPk('feed', 'item', 'x'.repeat(40))],
      ['sk', VALUES_SK],
      ['ring', ring],
      ['folded', folded],
      ['expiresAt', '1700000000'],
      [openAttribute(1.7e12, 'f'.repeat(64)), open],
      [openAttribute(1.7e12 + 60_000, 'e'.repeat(64)), open],
    ]
    const rowBytes = attributes.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
    expect(rowBytes).toBeLessThanOrEqual(2048)
    // Most counts take two bytes.
    expect(ring.length).toBeGreaterThan(1200)
  })
})

describe('Bytes that are no block', () => {
  const bytes = encodeBlock({
    aheadMs: 3,
    series: new Map([[counts[0]!.id, { series: counts[0]!, buckets: new Map([[HOUR_MS, 7]]) }]]),
  })
  const changed = (at: number, to: number) => bytes.with(at, to)

  test.each([
    ['another magic', changed(0, 88), 'feed ring: got magic "XV", expected "QV"'],
    ['a newer format', changed(2, 2), 'feed ring: got format version 2, expected version 1'],
    ['a changed byte', changed(bytes.length - 1, 9), /checksum that differs from its bytes/],
    ['a truncated block', bytes.subarray(0, -1), /checksum that differs from its bytes/],
    ['only a magic', bytes.subarray(0, 3), 'feed ring: got 3 bytes, expected at least 7'],
    ['no bytes', new Uint8Array(), 'feed ring: got magic "", expected "QV"'],
    ['bytes after the last series', rehashed(Uint8Array.of(...bytes, 0)), /1 bytes after/],
    ['a series that is cut', rehashed(bytes.slice(0, -1)), /ends after 9 bytes, expected more/],
  ])('Reading %s says what was found and expected', (_what, wrong, message) => {
    expect(() => openBlock(wrong, 'feed ring')).toThrow(CorruptArtifact)
    expect(() => openBlock(wrong, 'feed ring')).toThrow(message)
    expect(() => decodeBlock(wrong, byId, 'feed ring')).toThrow(message)
  })

  test('Counts that end within a run are refused', () => {
    const [one] = counts as [Series]
    const open = { aheadMs: 0, runs: new Map([[one.id, Uint8Array.of(1, 3, 200)]]), what: 'r' }
    expect(() => sumCounts(open, one.id, 0, 1e15)).toThrow(CorruptArtifact)
    expect(() => [...bucketsIn(open, one)]).toThrow(CorruptArtifact)
  })
})
