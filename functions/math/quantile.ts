/**
 * The p-quantile of ascending numbers, linear between order statistics (Hyndman & Fan 1996, type
 * 7). Throws RangeError for an empty list, and for p outside [0, 1].
 */
export function quantileOfSorted(ascending: ArrayLike<number>, p: number): number {
  if (ascending.length === 0 || !(p >= 0 && p <= 1))
    throw new RangeError(`no ${p}-quantile of ${ascending.length} numbers`)
  const at = (ascending.length - 1) * p
  const low = Math.floor(at)
  const high = Math.min(low + 1, ascending.length - 1)
  return ascending[low]! + (at - low) * (ascending[high]! - ascending[low]!)
}
