/**
 * Lengths in one byte, as Lucene's `SmallFloat.intToByte4` and `byte4ToInt`: exact through 39, then four
 * significant bits. Greater lengths never have lesser bytes.
 */
const FREE_VALUES = 24

export function encodeNorm(length: number): number {
  if (length < FREE_VALUES) return length
  const rest = length - FREE_VALUES
  const bits = 32 - Math.clz32(rest)
  if (bits < 4) return length
  const shift = bits - 4
  return FREE_VALUES + (((rest >>> shift) & 7) | ((shift + 1) << 3))
}

function decodeNorm(norm: number): number {
  if (norm < FREE_VALUES) return norm
  const code = norm - FREE_VALUES
  const shift = (code >>> 3) - 1
  return FREE_VALUES + (shift < 0 ? code & 7 : ((code & 7) | 8) * 2 ** shift)
}

/** The least length that each of the 256 bytes is for: the length that a score counts with. */
export const NORM_LENGTHS: Float64Array = Float64Array.from({ length: 256 }, (_, norm) =>
  decodeNorm(norm),
)
