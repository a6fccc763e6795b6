import { type AlignedAttribute, alignAttributes } from './attribute-kinds.ts'
import { BLOCKING, type BlockingOptions, type Candidates, findCandidates } from './candidates.ts'
import { type Comparison, compareAll } from './comparisons.ts'
import { guessProbabilities } from './first-guess.ts'
import { type Learned, learnWeights } from './learn-weights.ts'
import { type PreparedPair, prepare } from './prepare.ts'
import type { EntityRecord } from './records.ts'

/** Candidates that were compared and weighed. */
export interface Weighed {
  pair: PreparedPair
  candidates: Candidates
  comparisons: readonly Comparison[]
  learned: Learned
}

export interface WeighOptions {
  /** Absent: inferred from the values. */
  attributes?: readonly AlignedAttribute[]
  blocking?: Partial<BlockingOptions>
}

/** Finds, compares and weighs the candidates of two sources, or of one that is given twice. */
export function weighCandidates(
  left: readonly EntityRecord[],
  right: readonly EntityRecord[],
  options: WeighOptions,
): Weighed {
  const attributes = options.attributes ?? alignAttributes(left, right)
  const pair = prepare(left, right, attributes)
  const blocking = { ...BLOCKING, ...options.blocking }
  const candidates = findCandidates(pair, { isOneSource: left === right, options: blocking })
  const comparisons = compareAll(pair, candidates)
  const initial = guessProbabilities(candidates, comparisons)
  return { pair, candidates, comparisons, learned: learnWeights(candidates, comparisons, initial) }
}

/** What each comparison adds to the weight of a pair. */
export const agreementOf = (
  { comparisons, learned }: Weighed,
  pair: number,
): Record<string, number> =>
  Object.fromEntries(
    comparisons.map(({ name, levelOf }, at) => [
      name,
      learned.model.comparisons[at]!.weights[levelOf[pair]!]!,
    ]),
  )
