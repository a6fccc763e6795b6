/** Pairs that are accepted, and the expected quality of all of them, by the model alone. */
export interface Choice {
  /** The least probability that is accepted; 1 where nothing is. */
  cut: number
  expectedF1: number
}

/**
 * The cut that makes the expected F1 greatest: 2 Σ accepted p / (accepted + Σ all p) (Lipton, Elkan and Naryanaswamy
 * 2014, "Optimal thresholding of classifiers to maximize F1 measure", section 3). No labels are needed, and it is as
 * good as the probabilities are. `expected` is the expected number of matches, accepted or not.
 */
export function chooseCut(probabilities: readonly number[], expected: number): Choice {
  const falling = [...probabilities].sort((a, b) => b - a)
  let best: Choice = { cut: 1, expectedF1: 0 }
  let sum = 0
  for (const [at, probability] of falling.entries()) {
    sum += probability
    const f1 = (2 * sum) / (at + 1 + expected)
    if (f1 > best.expectedF1) best = { cut: probability, expectedF1: Math.min(1, f1) }
  }
  return best
}
