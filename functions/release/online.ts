import { countersDatePrefix, countersPrefix, parseCountersKey } from '../contract/keys.ts'
import type { Part } from '../contract/part.ts'
import {
  type BucketRow,
  bucketSk,
  type CountedRow,
  countedSk,
  countsPk,
  entityPk,
} from '../contract/registry.ts'
import { COUNTER_COLUMNS, type CounterRow } from '../contract/rows.ts'
import { lateArrivalMs, longestWindowMs, type Scene } from '../contract/scene.ts'
import { DAY_MS, HOUR_MS } from '../contract/time.ts'
import { digestOf } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readRows } from '../core/read-rows.ts'
import type { TableStore } from '../core/tables.ts'

/**
 * The time after which counts must be published: where the last release's counts end. Null where the
 * features have changed: then everything within their windows must be published, since the old rows
 * do not count what the new features need.
 */
export const countsSince = (last: Part | null, generation: string): number | null =>
  last?.generation === generation ? last.throughMs : null

const columns = Object.keys(COUNTER_COLUMNS)

/** When a row expires, in seconds: the window and one day after the write, since closings take time. */
const expiryOf = (scene: Scene, writtenMs: number): number =>
  Math.floor((writtenMs + longestWindowMs(scene) + DAY_MS) / 1000)

/** Counters → online rows: one row for each entity and closing, with the events that features count. */
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
  const expiresAt = expiryOf(scene, writtenMs)
  const rows = new Map<string, { pk: string; sk: string; row: BucketRow }>()
  for (const { kind, id, event, hourMs, count } of counters) {
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
    const hour = String(hourMs / HOUR_MS)
    hours[hour] = (hours[hour] ?? 0) + count
  }
  return [...rows.values()].sort((a, b) => (a.pk < b.pk ? -1 : 1))
}

/** The counter files of each closing after `sinceMs` through `throughMs`, in order of time. */
async function listCounters(
  lake: ObjectStore,
  { scene }: Scene,
  sinceMs: number,
  throughMs: number,
): Promise<[closedThroughMs: number, keys: string[]][]> {
  const from = countersDatePrefix(scene, Math.max(0, sinceMs))
  const byClosing = new Map<number, string[]>()
  for (const { key } of await lake.list(countersPrefix(scene), from)) {
    const closedThroughMs = parseCountersKey(key)?.closedThroughMs
    if (closedThroughMs === undefined) continue
    if (closedThroughMs <= sinceMs || closedThroughMs > throughMs) continue
    const found = byClosing.get(closedThroughMs)
    if (found) found.push(key)
    else byClosing.set(closedThroughMs, [key])
  }
  return [...byClosing].sort(([a], [b]) => a - b)
}

/** The marks of closings whose counts for exactly these features are online already. */
async function loadCounted(
  online: TableStore,
  scene: Scene,
  featureGeneration: string,
  sinceMs: number,
): Promise<ReadonlySet<string>> {
  const marks = await online.query(countsPk(scene.scene), '', countedSk(Math.max(0, sinceMs)))
  const ours = marks.filter((mark) => mark['featureGeneration'] === featureGeneration)
  return new Set(ours.map(({ sk }) => sk))
}

/**
 * Publishes the counts of every closing after `sinceMs` through `throughMs`. Where `sinceMs` is null,
 * it starts with the first closing whose late arrivals may lie within the longest window. Each
 * closing is marked after its rows are written, so that a retry continues with the next closing.
 * Returns the number of rows written. Memory: the counters of one closing.
 */
export async function publishCounts(
  lake: ObjectStore,
  online: TableStore,
  scene: Scene,
  interval: { sinceMs: number | null; throughMs: number },
  writtenMs: number,
): Promise<number> {
  const { throughMs } = interval
  const sinceMs = interval.sinceMs ?? throughMs - longestWindowMs(scene) - lateArrivalMs(scene)
  const featureGeneration = digestOf(scene.features)
  const [closings, counted] = await Promise.all([
    listCounters(lake, scene, sinceMs, throughMs),
    loadCounted(online, scene, featureGeneration, sinceMs),
  ])
  let published = 0
  for (const [closedThroughMs, keys] of closings) {
    const sk = countedSk(closedThroughMs)
    if (counted.has(sk)) continue
    const counters = await readRows<CounterRow>(lake, keys, { columns })
    const rows = bucketRows(scene, closedThroughMs, writtenMs, counters)
    await online.putAll(rows)
    const expiresAt = expiryOf(scene, writtenMs)
    const mark: CountedRow = { featureGeneration, rows: rows.length, expiresAt }
    await online.put(countsPk(scene.scene), sk, mark)
    published += rows.length
  }
  return published
}
