import type { CountedFeature, Feature } from '../contract/features.ts'
import type { Series } from '../contract/values.ts'
import { digestOf } from '../core/digest.ts'

export type { Series } from '../contract/values.ts'

/** What a series accumulates, whatever the window of its features. */
type Accumulated = Pick<Series, 'entity' | 'event' | 'state' | 'parameters'>

const isCounted = (feature: Feature): feature is CountedFeature => 'windowHours' in feature

/** In the order in which the feature's kind uses them. */
function accumulatedFor(feature: CountedFeature): Accumulated[] {
  const { entity } = feature
  const one = (
    event: string,
    state: Series['state'],
    parameters: Series['parameters'] = {},
  ): Accumulated => ({ entity, event, state, parameters })
  switch (feature.kind) {
    case 'count':
    case 'decayed-count':
      return [one(feature.event, 'count')]
    case 'rate': {
      const { outcome, examination } = feature
      const impressions = examination
        ? one('impression', 'weighted', { examination })
        : one('impression', 'count')
      return [one(outcome, 'count'), impressions]
    }
    case 'decayed-rate':
      return [one(feature.outcome, 'count'), one('impression', 'count')]
    case 'ratio':
      return [one(feature.event, 'count'), one(feature.per, 'count')]
    case 'sum':
    case 'mean':
      return [one(feature.event, 'sum', { of: feature.of })]
    case 'recency':
      return [one(feature.event, 'last')]
    case 'last-value':
      return [one(feature.event, 'last-value', { of: feature.of })]
    case 'last-items':
      return [one(feature.event, 'last-items', { of: feature.of, length: feature.length })]
    case 'distinct':
      return [one(feature.event, 'distinct', { of: feature.of })]
    case 'quantile':
      return [one(feature.event, 'quantiles', { of: feature.of })]
    case 'affinity':
    case 'frequency':
      return [one(feature.event, 'tally', { of: feature.of, length: feature.length })]
    case 'session':
      return [one(feature.event, 'minutes')]
  }
}

/** The first eight hex digits of the digest of what it accumulates. */
const idOf = (accumulated: Accumulated): string => digestOf(accumulated).slice(0, 8)

/** The series of one feature, by role: of a rate first its outcomes, then its impressions. */
export const seriesOfFeature = (feature: Feature): Series[] =>
  isCounted(feature)
    ? accumulatedFor(feature).map((accumulated) => ({
        id: idOf(accumulated),
        ...accumulated,
        keepHours: feature.windowHours,
        isNearLine: feature.nearLine !== false,
      }))
    : []

/**
 * The series that features need, each once, in order of ids. A series is kept for the longest window
 * of its features, and is near line if one of them is.
 */
export function seriesOf(features: readonly Feature[]): Series[] {
  const byId = new Map<string, Series>()
  for (const one of features.flatMap(seriesOfFeature)) {
    const other = byId.get(one.id)
    byId.set(one.id, {
      ...one,
      keepHours: Math.max(one.keepHours, other?.keepHours ?? 0),
      isNearLine: one.isNearLine || (other?.isNearLine ?? false),
    })
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Whether it is a plain count by user or by item: every closing and every drop counts those. */
export const isUniversal = ({ state, entity }: Pick<Series, 'state' | 'entity'>): boolean =>
  state === 'count' && (entity === 'user' || entity === 'item')
