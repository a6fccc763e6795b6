import { countersDatePrefix, countersPrefix, parseCountersKey } from '../contract/keys.ts'
import { type BucketRow, bucketSk, entityPk, type ReleaseRow } from '../contract/registry.ts'
import { COUNTER_COLUMNS, type CounterRow } from '../contract/rows.ts'
import { longestWindowMs, type Scene, stragglersMs } from '../contract/scene.ts'
import { DAY_MS, HOUR_MS } from '../contract/time.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readParquet } from '../core/parquet.ts'
import type { TableStore } from '../core/tables.ts'

/**
 * From when on counts are to be put: from where the last release's end. With other features than its,
 * everything in their windows: no row of before counts what they ask for.
 */
export const countsSince = (last: ReleaseRow | null, featureGeneration: string): number | null =>
  last?.featureGeneration === featureGeneration ? last.countsThroughMs : null

/** Counters → online rows: one a closing and entity, with the events that the scene's features ask for. */
export function bucketRows(
  scene: Scene,
  closedThroughMs: number,
  writtenMs: number,
  counters: readonly CounterRow[],
): { pk: string; sk: string; row: BucketRow }[] {
  const wanted = new Set<string>()
  for (const feature of scene.features) {
    if (feature.kind !== 'count' && feature.kind !== 'rate') continue
    wanted.add(`${feature.entity}/${feature.kind === 'count' ? feature.event : feature.outcome}`)
    if (feature.kind === 'rate') wanted.add(`${feature.entity}/impression`)
  }
  // Time-to-live counts from the write; a day more than the window, since closings are not instant.
  const expiresAt = Math.floor((writtenMs + longestWindowMs(scene) + DAY_MS) / 1000)
  const rows = new Map<string, { pk: string; sk: string; row: BucketRow }>()
  for (const { kind, id, event, knowableHourMs, count } of counters) {
    if (!wanted.has(`${kind}/${event}`)) continue
    const pk = entityPk(scene.scene, kind as 'user' | 'item', id)
    const found = rows.get(pk) ?? {
      pk,
      sk: bucketSk(closedThroughMs),
      row: { counts: {}, expiresAt },
    }
    rows.set(pk, found)
    const hours = found.row.counts[event] ?? {}
    found.row.counts[event] = hours
    const hour = String(knowableHourMs / HOUR_MS)
    hours[hour] = (hours[hour] ?? 0) + count
  }
  return [...rows.values()].sort((a, b) => (a.pk < b.pk ? -1 : 1))
}

/**
 * Publishes the counts of every closing after `sinceMs` through `throughMs`; where nothing was
 * published before, of those whose stragglers may lie within the longest window. Putting a row
 * twice puts the same row. Memory: the counters of those closings.
 */
export async function publishCounts(
  lake: ObjectStore,
  online: TableStore,
  scene: Scene,
  interval: { sinceMs: number | null; throughMs: number },
  writtenMs: number,
): Promise<number> {
  const sinceMs =
    interval.sinceMs ?? interval.throughMs - longestWindowMs(scene) - stragglersMs(scene)
  const prefix = countersPrefix(scene.scene)
  const listed = await lake.list(prefix, countersDatePrefix(scene.scene, Math.max(0, sinceMs)))
  const byClosing = new Map<number, CounterRow[]>()
  for (const { key } of listed) {
    const name = parseCountersKey(key)
    if (!name || name.closedThroughMs <= sinceMs || name.closedThroughMs > interval.throughMs)
      continue
    const rows = await readParquet<CounterRow>(await lake.get(key), Object.keys(COUNTER_COLUMNS))
    const found = byClosing.get(name.closedThroughMs) ?? []
    byClosing.set(name.closedThroughMs, found.concat(rows))
  }
  let published = 0
  for (const [closedThroughMs, counters] of byClosing) {
    const rows = bucketRows(scene, closedThroughMs, writtenMs, counters)
    await online.putAll(rows)
    published += rows.length
  }
  return published
}
