import {
  type Counts,
  hasNoCounts,
  mergeCounts,
  negateCounts,
  readCounts,
  writeCounts,
} from './counts.ts'
import { type StateKind, takenFrom } from './state.ts'

/**
 * Values by logarithmic buckets (Masson, Rim & Lee 2019, "DDSketch", section 2.1). Bucket i holds
 * γ^(i−1) < v ≤ γ^i. The middle of a bucket differs from each of its values by at most 1 %.
 */
const MAX_ERROR = 0.01
const GAMMA = (1 + MAX_ERROR) / (1 - MAX_ERROR)
const LOG_GAMMA = Math.log(GAMMA)
/** A value nearer to zero counts as zero, and a greater value adds nothing, as in `sum.ts`. */
const MIN_VALUE = 1e-9
const MAX_VALUE = 1e12
/** The number of bucket i is i + ORIGIN for positive values and its mirror image for negative ones. */
const ORIGIN = 1 - Math.ceil(Math.log(MIN_VALUE) / LOG_GAMMA)
const ZERO = ORIGIN + Math.ceil(Math.log(MAX_VALUE) / LOG_GAMMA) + 1

function numberOf(value: number): number {
  const size = Math.abs(value)
  if (size < MIN_VALUE) return ZERO
  const bucket = Math.ceil(Math.log(size) / LOG_GAMMA) + ORIGIN
  return value > 0 ? ZERO + bucket : ZERO - bucket
}
function middleOf(number: number): number {
  if (number === ZERO) return 0
  const middle = (2 * GAMMA ** (Math.abs(number - ZERO) - ORIGIN)) / (GAMMA + 1)
  return number > ZERO ? middle : -middle
}

/** The value at rank ⌊q (n − 1)⌋ of n values in ascending order, within 1 %. */
export function quantileOf(state: Counts, q: number): number {
  const total = state.reduce((sum, [, count]) => sum + count, 0)
  let left = Math.floor(q * (total - 1))
  for (const [number, count] of state) {
    if (left < count) return middleOf(number)
    left -= count
  }
  throw new RangeError(`no ${q}-quantile of ${total} values`)
}

export const quantiles: StateKind<Counts, { of?: string | undefined }> = {
  record(event, parameters) {
    const value = event.numberOf(takenFrom(parameters))
    return value === null || Math.abs(value) > MAX_VALUE ? null : [[numberOf(value), 1]]
  },
  merge: mergeCounts,
  negate: negateCounts,
  isEmpty: hasNoCounts,
  write: writeCounts,
  read: readCounts,
}
