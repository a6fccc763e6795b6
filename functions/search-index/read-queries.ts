import { indexVerdicts, matchVerdict } from '../anticheat/match.ts'
import { loadVerdicts, newestSnapshot } from '../anticheat/snapshot.ts'
import { closedDatePrefix, closedPrefix, parseClosedKey } from '../contract/keys.ts'
import type { EventRow } from '../contract/rows.ts'
import { DAY_MS } from '../contract/time.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readFiles } from '../core/read-rows.ts'
import { countQueries, type QueryLog } from './query-log.ts'

/** Days of queries that are read. */
const DAYS = 7
/** The newest events that are read at most: their rows take about 1 GB. */
const MAX_EVENTS = 2_000_000

const COLUMNS = [
  ...['type', 'timeMs', 'user', 'item', 'request', 'outcome', 'position', 'context', 'drop'],
] as const

export interface ReadQueries {
  fromMs: number
  throughMs: number
  log: QueryLog
}

/** The queries of the closed events of a week that no rule and no verdict excludes. The newest files are read first. */
export async function readQueries(
  lake: ObjectStore,
  scene: string,
  objective: string,
  nowMs: number,
): Promise<ReadQueries> {
  const fromMs = Math.max(0, nowMs - DAYS * DAY_MS)
  const listed = await lake.list(closedPrefix(scene), closedDatePrefix(scene, fromMs))
  const keys = listed.map(({ key }) => key).filter((key) => parseClosedKey(key) !== null)
  const snapshot = await newestSnapshot(lake, scene, nowMs)
  const verdicts = indexVerdicts(snapshot ? await loadVerdicts(lake, snapshot) : [])
  const rows: EventRow[] = []
  for await (const file of readFiles<EventRow>(lake, keys.reverse(), { columns: COLUMNS })) {
    for (const row of file) {
      const isWithin = row.timeMs >= fromMs && row.timeMs < nowMs
      if (isWithin && matchVerdict(verdicts, row)?.action !== 'exclude') rows.push(row)
    }
    if (rows.length >= MAX_EVENTS) break
  }
  return { fromMs, throughMs: nowMs, log: countQueries(rows, objective) }
}
