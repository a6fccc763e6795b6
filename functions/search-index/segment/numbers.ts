import type { BitReader, BitWriter } from './bits.ts'
import { type BitColumn, openColumn, writeColumn } from './columns.ts'

/** Decimal places that are tried; prices have 2. */
const MAX_SCALE = 6
/** First byte of numbers that are no integers at any scale: eight bytes each. */
const RAW = 255
const MAX_RANGE = 2 ** 52

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b))

/** The numbers × 10^scale where all are exact integers, else null. NaN stays. */
function scaled(values: Float64Array, scale: number): Float64Array | null {
  const factor = 10 ** scale
  const integers = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    const integer = Math.round(value * factor)
    const isExact = Number.isSafeInteger(integer) && integer / factor === value
    if ((!isExact && !Number.isNaN(value)) || Object.is(value, -0)) return null
    integers[i] = integer
  }
  return integers
}

/** Least value and greatest common step; null where the range is too great. */
function gridOf(integers: Float64Array): { min: number; step: number } | null {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const integer of integers) {
    if (integer < min) min = integer
    if (integer > max) max = integer
  }
  if (min > max) return { min: 0, step: 1 }
  if (max - min >= MAX_RANGE) return null
  let step = 0
  for (const integer of integers) if (integer > min) step = greatestDivisor(integer - min, step)
  return { min, step: Math.max(step, 1) }
}

/**
 * Appends a number for each document; NaN: absent. First byte: decimal places; the least value × 10^places
 * and the step (signed LEB128); then a column, 0 for absent, else 1 + steps above the least. Or 255 and
 * the number as f64. No number loses a bit.
 */
export function writeNumbers(writer: BitWriter, values: Float64Array): void {
  for (let scale = 0; scale <= MAX_SCALE; scale++) {
    const integers = scaled(values, scale)
    const grid = integers && gridOf(integers)
    if (!integers || !grid || Math.abs(grid.min) > MAX_RANGE / 2) continue
    writer.write(scale, 8)
    writer.signed(grid.min)
    writer.signed(grid.step)
    writeColumn(
      writer,
      integers.map((integer) => (Number.isNaN(integer) ? 0 : 1 + (integer - grid.min) / grid.step)),
    )
    return
  }
  writer.write(RAW, 8)
  writer.append(new Uint8Array(Float64Array.from(values).buffer))
}

/** Opens the numbers of `count` documents and moves the reader behind them. They are decoded when the function is called. */
export function openNumbers(reader: BitReader, count: number): () => Float64Array {
  const scale = reader.bits(8)
  if (scale === RAW) {
    const { view } = reader
    const start = reader.align()
    reader.seek(start + 8 * count)
    return () =>
      Float64Array.from({ length: count }, (_, doc) => view.getFloat64(start + 8 * doc, true))
  }
  const min = reader.signed()
  const step = reader.signed()
  const column = openColumn(reader, count)
  return () => decodeGrid(column, count, min, step, 10 ** scale)
}

function decodeGrid(
  column: BitColumn,
  count: number,
  min: number,
  step: number,
  factor: number,
): Float64Array {
  const values = new Float64Array(count)
  for (let doc = 0; doc < count; doc++) {
    const steps = column.get(doc)
    values[doc] = steps === 0 ? Number.NaN : (min + (steps - 1) * step) / factor
  }
  return values
}
