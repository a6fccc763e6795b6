import { isotonic } from '../../math/isotonic.ts'
import { matchingMarginals } from '../../math/matching-marginals.ts'
import { type Candidates, edgesOf } from './candidates.ts'
import type { Comparison } from './comparisons.ts'

/** What was learned about one comparison. All lists are by level. */
export interface LevelWeights {
  name: string
  /** Probability of the level among matches, and among other candidates. */
  matches: number[]
  others: number[]
  /** ln(matches / others): what a pair's weight gets for the level. */
  weights: number[]
}

export interface MatchModel {
  comparisons: LevelWeights[]
  /** ln of the odds that a candidate is a match, before anything is compared. */
  priorLogOdds: number
  rounds: number
}

export interface Learned {
  model: MatchModel
  /** By pair. */
  weights: Float64Array
  probabilities: Float64Array
}

const ROUNDS = 30
const SMOOTHING = 2
/** The change of the probabilities, as a share of the matches, at which learning ends. */
const CLOSE = 1e-3

/** e⁴⁰: more is as good as certain. */
const MAX_LOG_ODDS = 40

/**
 * Probability of each candidate, given that a record has one partner at most. Each matching of records is as
 * probable as the product of its pairs' odds (Sadinle 2017, "Bayesian estimation of bipartite matchings for record
 * linkage"), and belief propagation gives the probabilities of its pairs.
 */
export function matchProbabilities(
  candidates: Candidates,
  weights: Float64Array,
  priorLogOdds: number,
): Float64Array {
  const odds = weights.map((weight) => Math.exp(Math.min(MAX_LOG_ODDS, weight + priorLogOdds)))
  return matchingMarginals(edgesOf(candidates), odds)
}

/**
 * The share of a match's attributes that say nothing about it: errors, and other words for the same thing. No level
 * weighs less than ln 0.05 = −3. Without it the classes drift apart: a match with one bad attribute is lost.
 */
const CONTAMINATION = 0.05

function learnLevels(comparison: Comparison, probabilities: Float64Array): LevelWeights {
  const { name, levels, ordered, levelOf } = comparison
  const [matches, others] = [new Float64Array(levels), new Float64Array(levels)]
  for (let at = 0; at < levelOf.length; at++) {
    matches[levelOf[at]!]! += probabilities[at]!
    others[levelOf[at]!]! += 1 - probabilities[at]!
  }
  const all = matches.map((count, level) => count + others[level]!)
  const total = all.reduce((a, b) => a + b, 0)
  // Both get the same share of pseudo-counts, so a level that never occurs weighs nothing.
  const shareOf = (counts: Float64Array, pseudo: number): number[] => {
    const sum = counts.reduce((a, b) => a + b, 0) || 1
    const most = pseudo * sum
    return [...counts].map(
      (count, level) => (count + most * ((all[level]! + 1) / (total + levels))) / (sum + most),
    )
  }
  const matched = matches.reduce((a, b) => a + b, 0)
  const pseudo = SMOOTHING / (matched + SMOOTHING)
  const [seen, u] = [shareOf(matches, pseudo), shareOf(others, pseudo)]
  const m = seen.map((share, level) => (1 - CONTAMINATION) * share + CONTAMINATION * u[level]!)
  const weights = m.map((share, level) => Math.log(share / u[level]!))
  const rising = isotonic(
    ordered.map((level) => weights[level]!),
    ordered.map((level) => matches[level]! + 0.01 * all[level]! + 1e-6),
  )
  for (const [at, level] of ordered.entries()) weights[level] = rising[at]!
  return { name, matches: m, others: u, weights }
}

/** At least this share of records is taken to have no partner. */
const MIN_FREE = 0.05

/**
 * ln of the odds of a candidate in a random matching that has as many pairs as are expected: both records must be
 * free. Where nearly all records have partners, the prior is high, and what is left over belongs together.
 */
function priorOf({ left, sizes, isOneSource }: Candidates, matched: number): number {
  const ends = isOneSource ? 2 : 1
  const [a, b] = sizes.map((size) =>
    Math.max(MIN_FREE, 1 - (ends * matched) / Math.max(1, size)),
  ) as [number, number]
  return Math.log((matched + 1) / (left.length + 1) / (a * b))
}

export function pairWeights(
  comparisons: readonly Comparison[],
  learned: readonly LevelWeights[],
  count: number,
): Float64Array {
  const sums = new Float64Array(count)
  for (const [c, { levelOf }] of comparisons.entries()) {
    const { weights } = learned[c]!
    for (let at = 0; at < count; at++) sums[at]! += weights[levelOf[at]!]!
  }
  return sums
}

/**
 * Weights of Fellegi and Sunter 1969 by expectation maximization (Winkler 1988; Jaro 1989), with the constraint that
 * a record has one partner at most in the expectation step. Weights of ordered levels rise. `initial` are first
 * guesses of the probabilities.
 */
export function learnWeights(
  candidates: Candidates,
  comparisons: readonly Comparison[],
  initial: Float64Array,
): Learned {
  const count = initial.length
  let probabilities = initial
  for (let round = 1; ; round++) {
    const levels = comparisons.map((comparison) => learnLevels(comparison, probabilities))
    const matched = probabilities.reduce((a, b) => a + b, 0)
    const priorLogOdds = priorOf(candidates, matched)
    const weights = pairWeights(comparisons, levels, count)
    const next = matchProbabilities(candidates, weights, priorLogOdds)
    const change = next.reduce((sum, p, at) => sum + Math.abs(p - probabilities[at]!), 0)
    probabilities = next
    if (round < ROUNDS && change > CLOSE * matched) continue
    return { model: { comparisons: levels, priorLogOdds, rounds: round }, weights, probabilities }
  }
}
