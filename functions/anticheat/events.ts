import type { EventRow } from '../contract/rows.ts'
import { createCodes } from '../core/codes.ts'
import { sortPlaces } from './group-places.ts'

/**
 * Kept events in order of (time, event), as columns: one place in every array is one event. Memory: 37
 * bytes an event, and each user, item, request and event name once.
 */
export interface ScreenedEvents {
  length: number
  users: readonly string[]
  items: readonly string[]
  /** Names of outcomes. */
  outcomes: readonly string[]
  drops: readonly string[]
  user: Uint32Array
  item: Uint32Array
  /** A number of the request within this window, or −1. */
  request: Int32Array
  requests: number
  /** The place of the outcome's name in `outcomes`, or −1 for an impression. */
  outcome: Int8Array
  /** From 1. 0: unknown. */
  position: Uint16Array
  timeMs: Float64Array
  drop: Uint32Array
  /**
   * For an outcome: the place of the impression that it belongs to (same user, item and request, else the
   * user's last one of that item before it), or −1.
   */
  impression: Int32Array
}

export const SCREENED_COLUMNS = [
  'event',
  'type',
  'timeMs',
  'user',
  'item',
  'request',
  'outcome',
  'position',
  'drop',
] as const
export type ScreenedRow = Pick<EventRow, (typeof SCREENED_COLUMNS)[number]>

/** Calls `visit` with each event in the order of `places`, and whether it continues the group of the one before. */
function visitGroups(
  places: Uint32Array,
  codes: readonly ArrayLike<number>[],
  visit: (place: number, isSame: boolean) => void,
): void {
  for (let at = 0; at < places.length; at++) {
    const place = places[at]!
    const before = places[at - 1]
    visit(place, before !== undefined && codes.every((code) => code[place] === code[before]))
  }
}

/** Links each outcome to its impression, by sorting: outcomes follow the impressions of their user and item. */
function linkOutcomes(events: Omit<ScreenedEvents, 'impression'>): Int32Array {
  const { user, item, request, outcome } = events
  const impression = new Int32Array(user.length).fill(-1)
  const pairs: Parameters<typeof sortPlaces>[0] = [
    { codes: user, groups: events.users.length },
    { codes: item, groups: events.items.length },
  ]
  let shown = -1
  const bySlate = sortPlaces([...pairs, { codes: request, groups: events.requests }])
  visitGroups(bySlate, [user, item, request], (place, isSame) => {
    if (!isSame) shown = -1
    if (outcome[place]! >= 0) impression[place] = shown
    else if (shown < 0) shown = place
  })
  visitGroups(sortPlaces(pairs), [user, item], (place, isSame) => {
    if (!isSame) shown = -1
    if (outcome[place]! < 0) shown = place
    else if (request[place]! < 0) impression[place] = shown
  })
  return impression
}

/** Rows of closed files as columns. The same rows in any order give the same columns. */
export function screenedEvents(rows: readonly ScreenedRow[]): ScreenedEvents {
  const sorted = [...rows].sort((a, b) => a.timeMs - b.timeMs || (a.event < b.event ? -1 : 1))
  const users = createCodes()
  const items = createCodes()
  const requests = createCodes()
  const outcomes = createCodes()
  const drops = createCodes()
  const { length } = sorted
  const columns = {
    user: new Uint32Array(length),
    item: new Uint32Array(length),
    request: new Int32Array(length),
    outcome: new Int8Array(length),
    position: new Uint16Array(length),
    timeMs: new Float64Array(length),
    drop: new Uint32Array(length),
  }
  for (let place = 0; place < length; place++) {
    const row = sorted[place]!
    columns.user[place] = users.codeOf(row.user)
    columns.item[place] = items.codeOf(row.item)
    columns.request[place] = row.request === null ? -1 : requests.codeOf(row.request)
    columns.outcome[place] = row.type === 'impression' ? -1 : outcomes.codeOf(row.outcome ?? '')
    columns.position[place] = Math.min(65535, Math.max(0, row.position ?? 0))
    columns.timeMs[place] = row.timeMs
    columns.drop[place] = drops.codeOf(row.drop)
  }
  const events = {
    length,
    ...columns,
    users: users.texts,
    items: items.texts,
    outcomes: outcomes.texts,
    drops: drops.texts,
    requests: requests.texts.length,
  }
  return { ...events, impression: linkOutcomes(events) }
}
