import { indexVerdicts, matchVerdict } from '../../../anticheat/match.ts'
import { loadVerdicts } from '../../../anticheat/snapshot.ts'
import type { Attributes } from '../../../contract/attributes.ts'
import type { BehaviourDefinition } from '../../../contract/graph.ts'
import {
  closedDatePrefix,
  closedKey,
  closedPrefix,
  parseClosedKey,
} from '../../../contract/keys.ts'
import type { PinnedVerdicts } from '../../../contract/pinned-verdicts.ts'
import { normalQuery } from '../../../contract/query-text.ts'
import type { EventRow } from '../../../contract/rows.ts'
import { floorHour } from '../../../contract/time.ts'
import type { ObjectStore } from '../../../core/objects.ts'
import { readFiles } from '../../../core/read-rows.ts'
import type { Act } from './act-log.ts'
import type { BehaviourWindow } from './behaviour.ts'

/** Acts in memory at most, some 200 bytes each while they are read; the newest hours are read first. */
const MAX_ACTS = 10_000_000
/** Requests whose query is held at most. Items of others are found with none. */
const MAX_REQUESTS = 5_000_000
const COLUMNS = ['type', 'timeMs', 'user', 'item', 'request', 'outcome', 'context', 'drop', 'row']

/** What was searched. */
function queryOf({ context }: EventRow): string | null {
  if (context === null || !context.includes('"query"')) return null
  const { query } = JSON.parse(context) as Attributes
  return typeof query === 'string' ? normalQuery(query) || null : null
}

interface Log {
  acts: (Act & { request: string | null })[]
  /** By request: what was searched. An outcome may be read before its impression. */
  queries: Map<string, string>
}

function noteQuery({ queries }: Log, row: EventRow): void {
  if (row.request === null || queries.has(row.request) || queries.size >= MAX_REQUESTS) return
  const query = queryOf(row)
  if (query !== null) queries.set(row.request, query)
}

/** Closed files of the window, the newest hour first. A later closing adds to the next window. */
async function listClosed(
  lake: ObjectStore,
  { scene, fromMs, throughMs }: BehaviourWindow,
): Promise<{ key: string; hourMs: number }[]> {
  const listed = await lake.list(closedPrefix(scene), closedDatePrefix(scene, fromMs))
  return listed
    .flatMap(({ key }) => parseClosedKey(key) ?? [])
    .filter(
      ({ hourMs, closedThroughMs }) =>
        hourMs >= floorHour(fromMs) && hourMs < throughMs && closedThroughMs <= throughMs,
    )
    .map((name) => ({ key: closedKey(name), hourMs: name.hourMs }))
    .sort((a, b) => b.hourMs - a.hourMs || (a.key < b.key ? -1 : 1))
}

/**
 * Views and purchases of a window, behind some verdicts: what these exclude or mistrust is left out. Reading ends with the hour in which there are `mostActs`. Throws ObjectMissing and CorruptArtifact.
 */
export async function readActs(
  lake: ObjectStore,
  window: BehaviourWindow,
  pinned: PinnedVerdicts | null,
  { views, purchases }: Pick<BehaviourDefinition, 'views' | 'purchases'>,
  mostActs = MAX_ACTS,
): Promise<Act[]> {
  if (views.length + purchases.length === 0) return []
  const verdicts = indexVerdicts(pinned ? await loadVerdicts(lake, pinned) : [])
  const kinds = new Map<string, Act['kind']>([
    ...views.map((name) => [name, 'view'] as const),
    ...purchases.map((name) => [name, 'purchase'] as const),
  ])
  const log: Log = { acts: [], queries: new Map() }
  const note = (row: EventRow): boolean => {
    const kind = row.type === 'outcome' ? kinds.get(row.outcome ?? '') : undefined
    const isInside = row.timeMs >= window.fromMs && row.timeMs < window.throughMs
    const isAsked = kind !== undefined || row.type === 'impression'
    if (!isAsked || !isInside || (matchVerdict(verdicts, row)?.weight ?? 1) < 1) return false
    noteQuery(log, row)
    const { user, item, timeMs, request } = row
    if (kind !== undefined) log.acts.push({ user, item, timeMs, kind, request })
    return false
  }
  const files = await listClosed(lake, window)
  let at = 0
  const keys = files.map(({ key }) => key)
  for await (const none of readFiles<EventRow>(lake, keys, { columns: COLUMNS, isWanted: note })) {
    void none
    const { hourMs } = files[at++]!
    if (log.acts.length >= mostActs && files[at]?.hourMs !== hourMs) break
  }
  for (const act of log.acts) act.query = log.queries.get(act.request ?? '') ?? null
  return log.acts
}
