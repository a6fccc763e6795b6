import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BitReader,
  BitWriter,
  READ_AHEAD_BYTES,
} from '../../../functions/search-index/segment/bits.ts'
import { openColumn, writeColumn } from '../../../functions/search-index/segment/columns.ts'
import {
  ALL_ZERO,
  gapSplit,
  positionSplit,
  readRun,
  writeRun,
} from '../../../functions/search-index/segment/runs.ts'

const readerOf = (writer: BitWriter): BitReader => {
  writer.align()
  writer.append(new Uint8Array(READ_AHEAD_BYTES))
  const bytes = writer.written().slice()
  return new BitReader(new DataView(bytes.buffer), 0)
}
/** The bits of a run without the last byte's padding. */
function bitsOf(values: readonly number[], usual = ALL_ZERO): number {
  const writer = new BitWriter()
  writeRun(writer, Uint32Array.from(values), 0, values.length, usual)
  const reader = readerOf(writer)
  readRun(reader, new Uint32Array(values.length), values.length, usual)
  return reader.bit
}
const anyValue = fc.oneof(fc.nat(3), fc.nat(300), fc.nat(2 ** 31 - 1))
const anyUsual = fc.oneof(
  fc.constant(ALL_ZERO),
  fc
    .tuple(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.integer({ min: 1, max: 300 }))
    .map(([count, members]) => gapSplit(count, Math.min(count, members))),
)

describe('Runs and columns of integers', () => {
  test('Runs one after the other are read back, with any usual split', () => {
    const anyRuns = fc.array(fc.tuple(fc.array(anyValue, { maxLength: 140 }), anyUsual))
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const writer = new BitWriter(1)
        for (const [values, usual] of runs)
          writeRun(writer, Uint32Array.from(values), 0, values.length, usual)
        const reader = readerOf(writer)
        for (const [values, usual] of runs) {
          const out = new Uint32Array(values.length)
          readRun(reader, out, values.length, usual)
          expect([...out]).toEqual(values)
        }
      }),
    )
  })

  test('A run takes the bits of its usual or its best split', () => {
    expect(bitsOf([0, 0, 0])).toBe(1)
    expect(bitsOf([0, 0, 0], gapSplit(8, 1))).toBe(7)
    expect(bitsOf([5], gapSplit(8, 1))).toBe(1 + 3 + 1)
    // 7 bits each without high parts; with them a width of 6 takes 6 and 2.
    expect(bitsOf(Array(10).fill(100))).toBe(7 + 10 * 7)
    // One large value lengthens its own high part, not the other values.
    expect(bitsOf([...Array(100).fill(1), 1000])).toBe(7 + 101 * (3 + 1) + 125)
  })

  test('Geometric gaps take at most five percent more than their entropy', () => {
    for (const mean of [4, 50, 1000]) {
      // Quantiles of the geometric distribution, so that the sample has no noise.
      const values = Array.from({ length: 2000 }, (_, n) =>
        Math.floor(Math.log(1 - (n + 0.5) / 2000) / Math.log(1 - 1 / mean)),
      )
      const p = 1 / mean
      const entropy = (-p * Math.log2(p) - (1 - p) * Math.log2(1 - p)) / p
      expect(bitsOf(values) / 2000).toBeLessThan(1.05 * entropy)
    }
  })

  test('Usual splits follow from counts alone', () => {
    expect([1, 2, 3, 4, 1023, 1024].map((mean) => gapSplit(mean, 1))).toEqual([
      ...[32, 33, 33, 34, 41, 42],
    ])
    expect(gapSplit(100, 30)).toBe(33)
    expect(positionSplit(0, 0)).toBe(32)
    expect([3, 8, 52].map((length) => positionSplit(10, 10 * length))).toEqual([32, 34, 36])
  })

  test('Any row of a column is read alone, whatever its width', () => {
    const anyColumn = fc
      .tuple(fc.integer({ min: 0, max: 51 }), fc.array(fc.double({ min: 0, max: 1, noNaN: true })))
      .map(([bits, shares]) => shares.map((share) => Math.floor(share * 2 ** bits) - 2 ** 20))
    fc.assert(
      fc.property(anyColumn, anyColumn, (first, second) => {
        const writer = new BitWriter()
        writeColumn(writer, first)
        writeColumn(writer, second)
        const reader = readerOf(writer)
        for (const values of [first, second]) {
          const column = openColumn(reader, values.length)
          expect(values.map((_, row) => column.get(row))).toEqual(values)
        }
      }),
    )
  })

  test('A column of equal values takes three bytes', () => {
    const writer = new BitWriter()
    writeColumn(writer, Array(1000).fill(100))
    expect(writer.length).toBe(3)
  })
})
