import { type Candidates, edgesOf } from './candidates.ts'

/** Natural log-odds below a record's heaviest pair. */
const MAX_GAP = 1

/**
 * Probability of each pair where an entity may have many records. Copies of one record share the probability of one
 * partner among them, so a pair gets the sum over pairs that weigh about as much, at that end where the sum is less.
 * 0 for a pair that is clearly lighter than another one of either record.
 */
export function sharedProbabilities(
  candidates: Candidates,
  weights: Float64Array,
  probabilities: Float64Array,
): Float64Array {
  const { a, b, nodes } = edgesOf(candidates)
  const heaviest = new Float64Array(nodes).fill(Number.NEGATIVE_INFINITY)
  for (let pair = 0; pair < weights.length; pair++)
    for (const end of [a[pair]!, b[pair]!]) heaviest[end] = Math.max(heaviest[end]!, weights[pair]!)
  const isNear = (pair: number, end: number): boolean => weights[pair]! >= heaviest[end]! - MAX_GAP
  const sums = new Float64Array(nodes)
  for (let pair = 0; pair < weights.length; pair++)
    for (const end of [a[pair]!, b[pair]!])
      if (isNear(pair, end)) sums[end]! += probabilities[pair]!
  return probabilities.map((_, pair) => {
    const [x, y] = [a[pair]!, b[pair]!]
    return isNear(pair, x) && isNear(pair, y) ? Math.min(1, sums[x]!, sums[y]!) : 0
  })
}
