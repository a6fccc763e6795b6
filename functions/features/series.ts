import type { Feature } from '../contract/features.ts'
import type { Series } from '../contract/values.ts'
import { digestOf } from '../core/digest.ts'
import type { Accumulated } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'

export type { Series } from '../contract/values.ts'

/** The first eight hex digits of the digest of what it accumulates. */
const idOf = (accumulated: Accumulated): string => digestOf(accumulated).slice(0, 8)

/** Each drop and each fold asks again for the series of the same features; a digest costs the most. */
const known = new WeakMap<Feature, readonly Series[]>()

/** The series of one feature, by role: of a rate first its outcomes, then its impressions. */
export function seriesOfFeature(feature: Feature): readonly Series[] {
  if (!('windowHours' in feature)) return []
  const before = known.get(feature)
  if (before) return before
  const { accumulates } = kindOf(feature)
  const series = (accumulates?.(feature) ?? []).map((accumulated) => ({
    id: idOf(accumulated),
    ...accumulated,
    keepHours: feature.windowHours,
    isNearLine: feature.nearLine !== false,
  }))
  known.set(feature, series)
  return series
}

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
