/** Rows in ascending order of prediction. O(n log n). */
export const rankRows = (predictions: ArrayLike<number>): Uint32Array =>
  Uint32Array.from({ length: predictions.length }, (_, i) => i).sort(
    (a, b) => predictions[a]! - predictions[b]!,
  )

/** `auc` of rows in the order of `rankRows`, so that other weights need no second sort. O(n). */
export function aucOfRanked(
  ascending: ArrayLike<number>,
  labels: ArrayLike<number>,
  weightOf: (row: number) => number,
): number | null {
  let below = 0
  let positives = 0
  let wins = 0
  for (let i = 0; i < ascending.length; ) {
    const tied = ascending[i]!
    let tiedPositives = 0
    let tiedNegatives = 0
    // The first row is tied with itself. NaN is not equal to itself, so it needs this case.
    do {
      if (labels[i] === 1) tiedPositives += weightOf(i)
      else tiedNegatives += weightOf(i)
      i++
    } while (i < ascending.length && ascending[i] === tied)
    wins += tiedPositives * (below + tiedNegatives / 2)
    below += tiedNegatives
    positives += tiedPositives
  }
  return positives > 0 && below > 0 ? wins / (positives * below) : null
}

/**
 * Weighted area under the ROC curve: the probability that a positive ranks above a negative. Ties
 * count half (Mann & Whitney 1947). Null if one class is missing. O(n log n).
 */
export function auc(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number | null {
  const order = rankRows(predictions)
  return aucOfRanked(
    Float64Array.from(order, (row) => predictions[row]!),
    Uint8Array.from(order, (row) => labels[row]!),
    (i) => (weights ? weights[order[i]!]! : 1),
  )
}
