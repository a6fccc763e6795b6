import { indexVerdicts, matchVerdict } from '../../anticheat/match.ts'
import { loadVerdicts, newestSnapshot } from '../../anticheat/snapshot.ts'
import { closedDatePrefix, closedKey, closedPrefix, parseClosedKey } from '../../contract/keys.ts'
import type { PinnedVerdicts } from '../../contract/pinned-verdicts.ts'
import type { EventRow } from '../../contract/rows.ts'
import type { Scene } from '../../contract/scene.ts'
import { floorHour } from '../../contract/time.ts'
import type { ObjectStore } from '../../core/objects.ts'
import { readFiles } from '../../core/read-rows.ts'
import type { Interactions } from '../recommend/interactions.ts'
import {
  addPositive,
  createEventLog,
  exposureOf,
  type ItemExposure,
  interactionsOf,
  noteItem,
} from './event-log.ts'

/**
 * Reading ends with the hour in which one of these is reached; the newest hours are read first. Positives are held
 * (see EventLog), other rows take time alone.
 */
export interface EventLimits {
  positives: number
  rows: number
}
export const LIMITS: EventLimits = { positives: 10_000_000, rows: 60_000_000 }

const COLUMNS = [
  ...['type', 'timeMs', 'arrivalMs', 'user', 'item', 'outcome', 'drop', 'row'],
] as const

/** The events of [fromMs, throughMs) that were closed by `throughMs`, behind the verdicts known at `nowMs`. */
export interface EventWindow {
  fromMs: number
  throughMs: number
  nowMs: number
}

export interface ReadEvents {
  /** Later than asked for where a limit was reached. */
  fromMs: number
  throughMs: number
  interactions: Interactions
  exposure: ItemExposure
  /** The snapshot of verdicts. Null: there was none. */
  verdicts: PinnedVerdicts | null
  /** Rows of the window, those that verdicts exclude, and those that count as edges. */
  counts: { rows: number; excluded: number; positives: number }
}

/** Closed files of the window, the newest hour first. A later closing adds to the next generation. */
async function listClosed(
  lake: ObjectStore,
  scene: string,
  { fromMs, throughMs }: EventWindow,
): Promise<{ key: string; hourMs: number }[]> {
  const listed = await lake.list(closedPrefix(scene), closedDatePrefix(scene, Math.max(0, fromMs)))
  return listed
    .flatMap(({ key }) => parseClosedKey(key) ?? [])
    .filter(
      ({ hourMs, closedThroughMs }) =>
        hourMs >= floorHour(fromMs) && hourMs < throughMs && closedThroughMs <= throughMs,
    )
    .map((name) => ({ key: closedKey(name), hourMs: name.hourMs }))
    .sort((a, b) => b.hourMs - a.hourMs || (a.key < b.key ? -1 : 1))
}

/** What an outcome counts, by its name. */
const outcomeWeights = ({ embeddings, objective }: Scene): ReadonlyMap<string, number> =>
  new Map(Object.entries(embeddings!.graph.outcomes ?? { [objective]: 1 }))

/** Calls `visit` with every row of a file, file after file. Yields after each. */
export type VisitFiles = (
  keys: readonly string[],
  visit: (row: EventRow) => void,
) => AsyncGenerator<unknown>

/** Keeps no row. */
const visitOnce =
  (lake: ObjectStore): VisitFiles =>
  (keys, visit) => {
    const isWanted = (row: EventRow): boolean => {
      visit(row)
      return false
    }
    return readFiles<EventRow>(lake, keys, { columns: COLUMNS, isWanted })
  }

/** Rows that a process keeps at most: some 300 bytes each. */
const MOST_KEPT_ROWS = 2_000_000

/**
 * Reads each file once in the life of the process, as long as not too many rows are kept: closed files never change. For
 * a stage that reads almost the same files every hour.
 */
export function visitKept(lake: ObjectStore, mostRows = MOST_KEPT_ROWS): VisitFiles {
  const kept = new Map<string, EventRow[]>()
  let count = 0
  return async function* visitFiles(keys, visit) {
    const asked = new Set(keys)
    for (const [key, rows] of kept)
      if (!asked.has(key)) {
        kept.delete(key)
        count -= rows.length
      }
    const missing = keys.filter((key) => !kept.has(key))
    const read = readFiles<EventRow>(lake, missing, { columns: COLUMNS })
    for (const key of keys) {
      const rows = kept.get(key) ?? (await read.next()).value!
      for (const row of rows) visit(row)
      yield
      if (kept.has(key) || count + rows.length > mostRows) continue
      kept.set(key, rows)
      count += rows.length
    }
  }
}

/**
 * Reads what users did in a window: outcomes with a weight, times what verdicts make of them. Excluded events are
 * left out. Memory: a row group, the verdicts, 48 bytes a positive, and each name once. Throws ObjectMissing, and
 * CorruptArtifact for a snapshot that is not the one its manifest names.
 */
export async function readEvents(
  lake: ObjectStore,
  scene: Scene,
  window: EventWindow,
  limits: EventLimits = LIMITS,
  visitFiles: VisitFiles = visitOnce(lake),
): Promise<ReadEvents> {
  const { throughMs, nowMs } = window
  const files = await listClosed(lake, scene.scene, window)
  const snapshot = await newestSnapshot(lake, scene.scene, nowMs)
  const verdicts = indexVerdicts(snapshot ? await loadVerdicts(lake, snapshot) : [])
  const weights = outcomeWeights(scene)
  const log = createEventLog()
  const counts = { rows: 0, excluded: 0, positives: 0 }
  const visit = (row: EventRow): void => {
    if (row.timeMs < window.fromMs || row.timeMs >= throughMs) return
    counts.rows++
    const trust = matchVerdict(verdicts, row)?.weight ?? 1
    if (trust <= 0) {
      counts.excluded++
      return
    }
    const item = noteItem(log, row.item, row.timeMs, row.type === 'impression' ? 1 : 0)
    const weight = row.type === 'outcome' ? weights.get(row.outcome ?? '') : undefined
    if (weight !== undefined) addPositive(log, row.user, item, row.timeMs, weight * trust, row)
  }
  let { fromMs } = window
  let at = 0
  const keys = files.map(({ key }) => key)
  for await (const none of visitFiles(keys, visit)) {
    void none
    const { hourMs } = files[at++]!
    const isFull = log.length >= limits.positives || counts.rows >= limits.rows
    if (!isFull || at === files.length || files[at]!.hourMs === hourMs) continue
    fromMs = hourMs
    break
  }
  return {
    ...{ fromMs, throughMs, exposure: exposureOf(log) },
    interactions: interactionsOf(log, throughMs, scene.embeddings!.graph.halfLifeDays),
    verdicts: snapshot && { key: snapshot.key, digest: snapshot.digest },
    counts: { ...counts, positives: log.length },
  }
}
