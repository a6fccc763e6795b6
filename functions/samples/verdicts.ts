import { indexVerdicts, type MatchedEvent, matchVerdict } from '../anticheat/match.ts'
import { loadVerdicts } from '../anticheat/snapshot.ts'
import type { SampleTask } from '../contract/accounts.ts'
import { parseClosedKey } from '../contract/keys.ts'
import type { Match } from '../contract/match.ts'
import type { PinnedVerdicts } from '../contract/pinned-verdicts.ts'
import { HOUR_MS } from '../contract/time.ts'
import type { Interval } from '../contract/training.ts'
import type { VerdictRow } from '../contract/verdicts.ts'
import { canonicalJson, digestOf } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { SampleRecipe } from './recipe.ts'

/** A snapshot that a plan pins, with its verdicts. */
export interface PlannedVerdicts {
  pinned: PinnedVerdicts
  rows: readonly VerdictRow[]
}

/** What holds of an event in training. Null: no verdict excludes or weighs it. */
export type VerdictOf = (event: MatchedEvent) => Match | null
export const noVerdict: VerdictOf = () => null

/** The reason that an event is excluded. Null: it is not. A weight of nothing excludes it too. */
export const excludedBy = (found: Match | null): string | null =>
  found !== null && found.weight <= 0 ? found.reason : null

type ReadKeys = Pick<SampleTask, 'impressionKeys' | 'outcomeKeys' | 'contextKeys' | 'historyKeys'>

/**
 * The event hours in which a verdict can change a set, as ascending intervals: those of its impressions
 * and of their outcomes. Earlier events count only if the set has sequences or drawn negatives.
 */
export function touchableHours(
  { sampling }: Pick<SampleRecipe, 'sampling'>,
  { impressionKeys, outcomeKeys, contextKeys, historyKeys = [] }: ReadKeys,
): Interval[] {
  const readsEarlier = sampling.negatives !== undefined || sampling.kinds?.sequences !== undefined
  const keys = [
    ...impressionKeys,
    ...outcomeKeys,
    ...(readsEarlier ? [...contextKeys, ...historyKeys] : []),
  ]
  const hours = [...new Set(keys.map((key) => parseClosedKey(key)!.hourMs))].sort((a, b) => a - b)
  const intervals: Interval[] = []
  for (const fromMs of hours) {
    const last = intervals.at(-1)
    if (last?.throughMs === fromMs) last.throughMs += HOUR_MS
    else intervals.push({ fromMs, throughMs: fromMs + HOUR_MS })
  }
  return intervals
}

/**
 * What a snapshot says of some hours: each verdict that excludes or weighs, cut to these hours, without
 * what training does not depend on, such as its score and its expiry. In a fixed order. So a verdict
 * that is renewed, or that grows beyond these hours, says the same of them.
 */
export function cutVerdicts(rows: readonly VerdictRow[], hours: readonly Interval[]): VerdictRow[] {
  const cut = new Map<string, VerdictRow>()
  for (const row of rows) {
    if (row.action === 'watch') continue
    for (const hour of hours) {
      const fromMs = Math.max(row.fromMs, hour.fromMs)
      const throughMs = Math.min(row.throughMs, hour.throughMs)
      if (fromMs >= throughMs) continue
      const items = JSON.stringify((JSON.parse(row.items) as string[]).sort())
      const weight = row.action === 'weigh' ? row.weight : 0
      const unused = { detectors: '[]', score: 0, foundMs: 0, renewedMs: 0, expiresMs: 0 }
      const one = { ...row, ...unused, items, weight, fromMs, throughMs }
      cut.set(canonicalJson(one), one)
    }
  }
  return [...cut].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

/**
 * What the name of a set takes from a snapshot: the digest of what it says of the set's hours. Null: no
 * verdict touches them, and the set has the name that it has without any snapshot.
 */
export function digestVerdicts(
  recipe: Pick<SampleRecipe, 'sampling'>,
  keys: ReadKeys,
  rows: readonly VerdictRow[],
): string | null {
  const cut = cutVerdicts(rows, touchableHours(recipe, keys))
  return cut.length > 0 ? digestOf(cut) : null
}

/** Indexes what a snapshot says of some hours. */
export function openVerdictOf(rows: readonly VerdictRow[], hours: readonly Interval[]): VerdictOf {
  const cut = cutVerdicts(rows, hours)
  if (cut.length === 0) return noVerdict
  const index = indexVerdicts(cut)
  return (event) => matchVerdict(index, event)
}

/** The verdicts of a task. Throws ObjectMissing or CorruptArtifact if its snapshot cannot be read. */
export async function loadVerdictOf(
  store: ObjectStore,
  recipe: Pick<SampleRecipe, 'sampling'>,
  task: ReadKeys & Pick<SampleTask, 'verdicts'>,
): Promise<VerdictOf> {
  if (task.verdicts === null) return noVerdict
  return openVerdictOf(await loadVerdicts(store, task.verdicts), touchableHours(recipe, task))
}
