import { clusterPairs } from './clusters.ts'
import { sharedProbabilities } from './near-best.ts'
import type { EntityRecord } from './records.ts'
import {
  DOUBTFUL,
  type DoubtfulMatch,
  type ResolutionModel,
  type ResolveOptions,
  sortRecords,
} from './resolve.ts'
import { agreementOf, weighCandidates } from './weigh.ts'

/** A less probable pair joins no groups. */
const MIN_LINK = 0.5

export interface OneResolution {
  /** Ids of records that are one entity, two or more, ascending. */
  groups: string[][]
  /** The most doubtful first. */
  doubtful: DoubtfulMatch[]
  model: Omit<ResolutionModel, 'cut' | 'expectedF1'>
}

/**
 * Finds records of one source that are about the same entity, without labels. Weights are learned as by `resolve`;
 * then groups are joined by average linkage, so an entity may have any number of records. The order of the records
 * does not matter. Throws RangeError for an id that comes twice.
 */
export function resolveOne(
  source: readonly EntityRecord[],
  options: ResolveOptions = {},
): OneResolution {
  const records = sortRecords(source, 'only')
  const weighed = weighCandidates(records, records, options)
  const { pair, candidates, learned } = weighed
  const { left, right } = candidates
  const { weights } = learned
  const probabilities = sharedProbabilities(candidates, weights, learned.probabilities)
  const pairs = [...weights.keys()].map((at) => ({
    ...{ a: left[at]!, b: right[at]!, logOdds: weights[at]! + learned.model.priorLogOdds },
    isLink: probabilities[at]! >= MIN_LINK,
  }))
  const groups = clusterPairs(records.length, pairs)
  const groupOf = new Map(groups.flatMap((group, at) => group.map((place) => [place, at])))
  const [low, high] = options.doubtful ?? DOUBTFUL
  const isMerged = (at: number): boolean =>
    groupOf.has(left[at]!) && groupOf.get(left[at]!) === groupOf.get(right[at]!)
  return {
    groups: groups.map((group) => group.map((place) => records[place]!.id)),
    doubtful: [...probabilities.keys()]
      .filter((at) => probabilities[at]! > low && probabilities[at]! < high)
      .sort(
        (x, y) =>
          Math.abs(probabilities[x]! - MIN_LINK) - Math.abs(probabilities[y]! - MIN_LINK) || x - y,
      )
      .map((at) => ({
        ...{ left: records[left[at]!]!.id, right: records[right[at]!]!.id },
        ...{ weight: weights[at]!, probability: probabilities[at]! },
        ...{ agreement: agreementOf(weighed, at), isMerged: isMerged(at) },
      })),
    model: {
      ...learned.model,
      ...{ attributes: pair.attributes, candidates: left.length },
      expectedMatches: learned.probabilities.reduce((a, b) => a + b, 0),
    },
  }
}
