import type { Action, Match } from '../contract/match.ts'
import { floorHour } from '../contract/time.ts'
import type { Subject, VerdictRow } from '../contract/verdicts.ts'

/** The fields of an event that a verdict can name. */
export interface MatchedEvent {
  user: string
  item: string
  drop: string
  timeMs: number
}

interface Held extends Match {
  fromMs: number
  throughMs: number
  /** Null: every item. */
  items: ReadonlySet<string> | null
}
/** Verdicts by what they are about, each list in order of precedence: the first match holds. */
export interface VerdictIndex {
  bySubject: Readonly<Record<Subject, ReadonlyMap<string, readonly Held[]>>>
  /** No verdict is about an event outside of this interval. */
  fromMs: number
  throughMs: number
}

const RANK: Readonly<Record<Action, number>> = { exclude: 0, weigh: 1, watch: 2 }
const WEIGHT: Readonly<Record<Action, number | null>> = { exclude: 0, weigh: null, watch: 1 }

/** The stricter verdict first: exclusion, then the lower weight. Equal ones in order of their reason. */
const inOrder = (a: Match, b: Match): number =>
  RANK[a.action] - RANK[b.action] ||
  a.weight - b.weight ||
  (a.reason < b.reason ? -1 : a.reason > b.reason ? 1 : 0)

/** The part of a verdict that decides which events it is about. */
export type MatchedVerdict = Pick<
  VerdictRow,
  'subject' | 'id' | 'items' | 'fromMs' | 'throughMs' | 'action' | 'reason' | 'weight'
>

/** Indexes the verdicts of a snapshot. Linear in their number. */
export function indexVerdicts(rows: readonly MatchedVerdict[]): VerdictIndex {
  const bySubject = {
    user: new Map<string, Held[]>(),
    item: new Map<string, Held[]>(),
    drop: new Map<string, Held[]>(),
    hour: new Map<string, Held[]>(),
  } satisfies Record<Subject, Map<string, Held[]>>
  let [fromMs, throughMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const row of rows) {
    const action = row.action as Action
    const items = JSON.parse(row.items) as string[]
    const held = {
      action,
      reason: row.reason,
      weight: WEIGHT[action] ?? row.weight,
      fromMs: row.fromMs,
      throughMs: row.throughMs,
      items: items.length > 0 ? new Set(items) : null,
    }
    const ids = bySubject[row.subject as Subject]
    const list = ids.get(row.id)
    if (list) list.push(held)
    else ids.set(row.id, [held])
    fromMs = Math.min(fromMs, row.fromMs)
    throughMs = Math.max(throughMs, row.throughMs)
  }
  for (const ids of Object.values(bySubject)) for (const list of ids.values()) list.sort(inOrder)
  return { bySubject, fromMs, throughMs }
}

const firstOf = (list: readonly Held[] | undefined, item: string, timeMs: number): Held | null =>
  list?.find(
    ({ fromMs, throughMs, items }) =>
      fromMs <= timeMs && timeMs < throughMs && (items === null || items.has(item)),
  ) ?? null

/**
 * The strictest verdict that holds of an event, or null. Of all subjects: its user, its item, its drop
 * and its hour. At most four look-ups, and most events need one.
 */
export function matchVerdict(
  { bySubject, fromMs, throughMs }: VerdictIndex,
  { user, item, drop, timeMs }: MatchedEvent,
): Match | null {
  if (timeMs < fromMs || timeMs >= throughMs) return null
  let best = firstOf(bySubject.user.get(user), item, timeMs)
  const consider = (found: Held | null): void => {
    if (found && (!best || inOrder(found, best) < 0)) best = found
  }
  if (bySubject.item.size > 0) consider(firstOf(bySubject.item.get(item), item, timeMs))
  if (bySubject.drop.size > 0) consider(firstOf(bySubject.drop.get(drop), item, timeMs))
  if (bySubject.hour.size > 0)
    consider(firstOf(bySubject.hour.get(String(floorHour(timeMs))), item, timeMs))
  return best && { action: best.action, reason: best.reason, weight: best.weight }
}
