import type { BitReader, BitWriter } from './bits.ts'

/**
 * A run of integers from 0 to 2^31 − 1, each split in two (Rice, "Some practical universal noiseless
 * coding techniques", 1979): its low `width` bits, packed; then, only where a value has more bits, its
 * high part as that many zeros and a one. Low parts stand together, then high parts, so both decode
 * without a branch for each value. The header has 5 bits of `width` and 1 bit for high parts.
 */

interface Split {
  width: number
  hasHigh: boolean
}

const bitsOf = (value: number): number => 32 - Math.clz32(value)

/** The split with the fewest bits; of equal ones the one without high parts, then the narrower. */
function chooseSplit(values: Uint32Array, from: number, to: number): Split {
  const count = to - from
  let max = 0
  let sum = 0
  for (let i = from; i < to; i++) {
    const value = values[i]!
    sum += value
    if (value > max) max = value
  }
  const plain = bitsOf(max)
  let best: Split = { width: plain, hasHigh: false }
  let bestBits = count * plain
  // For geometric values the best width is about log2(mean × ln 2): its neighbours are tried too.
  const middle = bitsOf(Math.floor((sum / count) * Math.LN2))
  for (let width = Math.max(0, middle - 2); width <= middle && width < plain; width++) {
    let bits = count * (width + 1)
    for (let i = from; i < to; i++) bits += values[i]! >>> width
    if (bits < bestBits) {
      bestBits = bits
      best = { width, hasHigh: true }
    }
  }
  return best
}

/** Writes `values[from … to − 1]`. The reader must know their number. An empty run has no bits. */
export function writeRun(writer: BitWriter, values: Uint32Array, from: number, to: number): void {
  if (from === to) return
  const { width, hasHigh } = chooseSplit(values, from, to)
  writer.write(width | (hasHigh ? 32 : 0), 6)
  if (width > 0) {
    const mask = 2 ** width - 1
    for (let i = from; i < to; i++) writer.write(values[i]! & mask, width)
  }
  if (hasHigh) for (let i = from; i < to; i++) writer.unary(values[i]! >>> width)
}

function readLow(reader: BitReader, out: Uint32Array, count: number, width: number): void {
  const { view, start } = reader
  let { bit } = reader
  if (width > 24) for (let i = 0; i < count; i++) out[i] = reader.bits(width)
  else {
    const mask = (1 << width) - 1
    for (let i = 0; i < count; i++) {
      out[i] = (view.getUint32(start + (bit >>> 3), true) >>> (bit & 7)) & mask
      bit += width
    }
    reader.bit = bit
  }
}

function addHigh(reader: BitReader, out: Uint32Array, count: number, width: number): void {
  const { view, start } = reader
  let { bit } = reader
  let zeros = 0
  let left = 0
  let word = 0
  for (let i = 0; i < count; ) {
    if (word === 0) {
      zeros += left
      word = view.getUint32(start + (bit >>> 3), true) >>> (bit & 7)
      left = 32 - (bit & 7)
      bit += left
      continue
    }
    const skipped = 31 - Math.clz32(word & -word)
    out[i++]! += (zeros + skipped) << width
    zeros = 0
    // In two steps, because a shift by 32 shifts by 0.
    word = (word >>> skipped) >>> 1
    left -= skipped + 1
  }
  reader.bit = bit - left
}

/** Reads `count` values into `out`, from its start. */
export function readRun(reader: BitReader, out: Uint32Array, count: number): void {
  if (count === 0) return
  const header = reader.bits(6)
  const width = header & 31
  if (width === 0) out.fill(0, 0, count)
  else readLow(reader, out, count, width)
  if (header >= 32) addHigh(reader, out, count, width)
}
