import type { BitReader, BitWriter } from './bits.ts'

/**
 * A run of integers from 0 to 2^31 − 1, each split in two (Rice, "Some practical universal noiseless
 * coding techniques", 1979): its low bits, packed; then, only where a value has more, its high part as
 * that many zeros and a one. Low parts come first, then high parts, so that both decode without a
 * branch for each value.
 *
 * A split is a number: the width of low parts, and 32 where there are high parts. Writer and reader
 * agree on the usual split of a run. The run begins with one bit: 0 for the usual split; 1 for another,
 * whose 6 bits follow.
 */
const HAS_HIGH = 32
const SPLIT_BITS = 6
/** All values are 0, and take no bits. */
export const ALL_ZERO = 0

const bitsOf = (value: number): number => 32 - Math.clz32(value)

/** The usual split of the gaps between `members` of `count` numbers: a width near log2 of the mean gap. */
export const gapSplit = (count: number, members: number): number =>
  HAS_HIGH | Math.max(0, bitsOf(Math.floor(count / members)) - 1)

/** The usual split of positions in texts of this mean length. */
export const positionSplit = (docs: number, tokens: number): number =>
  HAS_HIGH | (docs === 0 ? 0 : bitsOf(Math.floor(tokens / docs / 4)))

/** Bits of values with high parts. */
function sizeWithHigh(values: Uint32Array, from: number, to: number, width: number): number {
  let bits = (to - from) * (width + 1)
  for (let i = from; i < to; i++) bits += values[i]! >>> width
  return bits
}

/** The split with the fewest bits; of equal ones the usual one, then the one without high parts. */
function chooseSplit(values: Uint32Array, from: number, to: number, usual: number): number {
  const count = to - from
  let max = 0
  let sum = 0
  for (let i = from; i < to; i++) {
    const value = values[i]!
    sum += value
    if (value > max) max = value
  }
  const plain = bitsOf(max)
  if (plain === 0 && usual === ALL_ZERO) return usual
  let best = plain
  let bestBits = SPLIT_BITS + count * plain
  // For geometric values the best width is about log2(mean × ln 2): its neighbours are tried too.
  const middle = bitsOf(Math.floor((sum / count) * Math.LN2))
  for (let width = Math.max(0, middle - 2); width <= middle && width < plain; width++) {
    const bits = SPLIT_BITS + sizeWithHigh(values, from, to, width)
    if (bits >= bestBits) continue
    bestBits = bits
    best = HAS_HIGH | width
  }
  const usualBits =
    usual >= HAS_HIGH
      ? sizeWithHigh(values, from, to, usual & 31)
      : plain <= usual
        ? count * usual
        : Number.POSITIVE_INFINITY
  return usualBits <= bestBits ? usual : best
}

/** Writes `values[from … to − 1]`. The reader must know their number and the usual split. An empty run has no bits. */
export function writeRun(
  writer: BitWriter,
  values: Uint32Array,
  from: number,
  to: number,
  usual: number,
): void {
  if (from === to) return
  const split = chooseSplit(values, from, to, usual)
  if (split === usual) writer.write(0, 1)
  else writer.write(1 | (split << 1), 1 + SPLIT_BITS)
  const width = split & 31
  if (width > 0) writer.lowBits(values, from, to, width)
  if (split >= HAS_HIGH) writer.highParts(values, from, to, width)
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

/** What `addHigh` makes of a run: its values, or the members of a set with these gaps. */
const VALUES = 0
const MEMBERS = 1
type Meaning = typeof VALUES | typeof MEMBERS

/** Adds high parts to low ones. The gap of a member is to the one before; the first one's is to `before`. */
function addHigh(
  reader: BitReader,
  out: Uint32Array,
  count: number,
  width: number,
  meaning: Meaning,
  before: number,
): void {
  const { view, start } = reader
  let { bit } = reader
  // Without a branch: of values, nothing of the last one is kept.
  const kept = meaning === MEMBERS ? -1 : 0
  let last = before
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
    last = (last & kept) + meaning + out[i]! + ((zeros + skipped) << width)
    out[i++] = last
    zeros = 0
    // In two steps, because a shift by 32 shifts by 0.
    word = (word >>> skipped) >>> 1
    left -= skipped + 1
  }
  reader.bit = bit - left
}

/** Reads the low parts of a run. Returns its split. */
function readLowParts(reader: BitReader, out: Uint32Array, count: number, usual: number): number {
  const split = reader.bits(1) === 0 ? usual : reader.bits(SPLIT_BITS)
  const width = split & 31
  if (width === 0) out.fill(0, 0, count)
  else readLow(reader, out, count, width)
  return split
}

/** Reads `count` values into `out`, from its start. */
export function readRun(reader: BitReader, out: Uint32Array, count: number, usual: number): void {
  if (count === 0) return
  const split = readLowParts(reader, out, count, usual)
  if (split >= HAS_HIGH) addHigh(reader, out, count, split & 31, VALUES, 0)
}

/** Reads `count` members of a set of numbers, of which the run has how many are between each and the one before. */
export function readAscending(
  reader: BitReader,
  out: Uint32Array,
  count: number,
  usual: number,
  before: number,
): void {
  if (count === 0) return
  const split = readLowParts(reader, out, count, usual)
  if (split >= HAS_HIGH) {
    addHigh(reader, out, count, split & 31, MEMBERS, before)
    return
  }
  let member = before
  for (let i = 0; i < count; i++) {
    member += out[i]! + 1
    out[i] = member
  }
}
