import { countersDatePrefix, countersPrefix, parseCountersKey } from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS, HOUR_MS } from '../contract/time.ts'
import type { FoldedRow, FoldPlan, Series } from '../contract/values.ts'
import { digestOf } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { seriesOf } from './series.ts'

/** Releases may be rolled back to features that a scene no longer has; their series are kept so long. */
const KEPT_DAYS = 14

/** The series of a scene's features, and those that earlier features needed in the last 14 days. */
export function wantedSeries(
  { features }: Pick<Scene, 'features'>,
  basis: FoldedRow | null,
  nowMs: number,
): FoldPlan['series'] {
  const wanted = new Map<string, FoldPlan['series'][number]>()
  for (const series of basis?.series ?? [])
    if (series.wantedMs >= nowMs - KEPT_DAYS * DAY_MS) wanted.set(series.id, series)
  for (const series of seriesOf(features)) {
    const before = wanted.get(series.id)
    wanted.set(series.id, {
      ...series,
      keepHours: Math.max(series.keepHours, before?.keepHours ?? 0),
      isNearLine: series.isNearLine || (before?.isNearLine ?? false),
      wantedMs: Math.max(nowMs, before?.wantedMs ?? 0),
    })
  }
  return [...wanted.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Whether the rows hold the whole window of a series. If not, a fold fills it from all closings. */
export const isFilled = (
  { id, keepHours }: Pick<Series, 'id' | 'keepHours'>,
  basis: Pick<FoldedRow, 'series'> | null,
): boolean =>
  basis?.series.some((other) => other.id === id && other.keepHours >= keepHours) ?? false

/** The part of `folded` that tells rows of different series apart. */
export const seriesDigest = (series: readonly Series[]): string =>
  digestOf(series.map(({ id, keepHours }) => [id, keepHours])).slice(0, 8)

/** The first hour that a row keeps of a series. */
export const keptFrom = (
  { keepHours }: Pick<Series, 'keepHours'>,
  closedThroughMs: number,
): number => closedThroughMs - keepHours * HOUR_MS

/** Closings after this instant may hold hours that the series need. */
export function readsAfter({
  closedThroughMs,
  basis,
  series,
}: Omit<FoldPlan, 'shards' | 'states'>): number {
  const sinceMs = series
    .filter((one) => !isFilled(one, basis))
    .map((one) => keptFrom(one, closedThroughMs))
  return Math.max(0, Math.min(basis?.closedThroughMs ?? closedThroughMs, ...sinceMs))
}

/** The counter files of the closings after an instant through another, in order. */
export async function listCounters(
  lake: ObjectStore,
  scene: string,
  afterMs: number,
  throughMs: number,
): Promise<{ key: string; bytes: number; closedThroughMs: number }[]> {
  const listed = await lake.list(countersPrefix(scene), countersDatePrefix(scene, afterMs))
  return listed.flatMap(({ key, bytes }) => {
    const closedThroughMs = parseCountersKey(key)?.closedThroughMs
    return closedThroughMs !== undefined &&
      closedThroughMs > afterMs &&
      closedThroughMs <= throughMs
      ? [{ key, bytes, closedThroughMs }]
      : []
  })
}
