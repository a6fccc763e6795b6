/**
 * Weighted area under the ROC curve: the probability that a positive outranks a negative, ties
 * half (Mann & Whitney 1947). Null where one class is missing. O(n log n).
 */
export function auc(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number | null {
  const order = Uint32Array.from({ length: predictions.length }, (_, i) => i).sort(
    (a, b) => predictions[a]! - predictions[b]!,
  )
  let below = 0
  let positives = 0
  let wins = 0
  for (let i = 0; i < order.length; ) {
    const tied = predictions[order[i]!]!
    let tiedPositives = 0
    let tiedNegatives = 0
    for (; i < order.length && predictions[order[i]!]! === tied; i++) {
      const weight = weights ? weights[order[i]!]! : 1
      if (labels[order[i]!] === 1) tiedPositives += weight
      else tiedNegatives += weight
    }
    wins += tiedPositives * (below + tiedNegatives / 2)
    below += tiedNegatives
    positives += tiedPositives
  }
  return positives > 0 && below > 0 ? wins / (positives * below) : null
}
