import type { Candidates } from './candidates.ts'
import type { Comparison } from './comparisons.ts'
import { matchProbabilities } from './learn-weights.ts'

/** Natural log-odds of levels, before anything is learned. */
const CODES = [0, -2, -0.5, 2.5, 4, 6]
const QUANTITIES = [0, -0.3, -2, -0.5, 0.5, 1]

/** First guesses of probabilities: the headline's cosine, codes and numbers, with weights set by hand. */
export function guessProbabilities(
  candidates: Candidates,
  [headline, codes, quantities]: readonly Comparison[],
): Float64Array {
  const weights = Float64Array.from(headline!.levelOf, (grade, at) => {
    const level = (grade - 5.5) * 0.9
    return level + CODES[codes!.levelOf[at]!]! + QUANTITIES[quantities!.levelOf[at]!]!
  })
  return matchProbabilities(candidates, weights, -1)
}
