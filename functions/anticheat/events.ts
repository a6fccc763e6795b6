import type { EventRow } from '../contract/rows.ts'

/** Texts by integer codes, in order of their first appearance. */
export interface Names {
  readonly texts: readonly string[]
  codeOf(text: string): number
}

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

function createNames(): Names {
  const texts: string[] = []
  const codes = new Map<string, number>()
  return {
    texts,
    codeOf(text) {
      const known = codes.get(text)
      if (known !== undefined) return known
      codes.set(text, texts.length)
      return texts.push(text) - 1
    },
  }
}

/** Links each outcome to its impression. The rows are in order of time. */
function linkOutcomes(rows: readonly ScreenedRow[]): Int32Array {
  const impression = new Int32Array(rows.length).fill(-1)
  const bySlate = new Map<string, number>()
  const byPair = new Map<string, number>()
  for (const [place, { type, user, item, request }] of rows.entries()) {
    const pair = `${user}\n${item}`
    if (type === 'impression') {
      byPair.set(pair, place)
      if (request !== null && !bySlate.has(`${pair}\n${request}`))
        bySlate.set(`${pair}\n${request}`, place)
    } else
      impression[place] =
        (request === null ? undefined : bySlate.get(`${pair}\n${request}`)) ??
        (request === null ? byPair.get(pair) : undefined) ??
        -1
  }
  return impression
}

/** Rows of closed files as columns. The same rows in any order give the same columns. */
export function screenedEvents(rows: readonly ScreenedRow[]): ScreenedEvents {
  const sorted = [...rows].sort((a, b) => a.timeMs - b.timeMs || (a.event < b.event ? -1 : 1))
  const [users, items, requests, outcomes, drops] = Array.from({ length: 5 }, createNames) as [
    Names,
    Names,
    Names,
    Names,
    Names,
  ]
  const { length } = sorted
  const events = {
    user: new Uint32Array(length),
    item: new Uint32Array(length),
    request: new Int32Array(length),
    outcome: new Int8Array(length),
    position: new Uint16Array(length),
    timeMs: new Float64Array(length),
    drop: new Uint32Array(length),
  }
  for (const [place, row] of sorted.entries()) {
    events.user[place] = users.codeOf(row.user)
    events.item[place] = items.codeOf(row.item)
    events.request[place] = row.request === null ? -1 : requests.codeOf(row.request)
    events.outcome[place] = row.type === 'impression' ? -1 : outcomes.codeOf(row.outcome ?? '')
    events.position[place] = Math.min(65535, Math.max(0, row.position ?? 0))
    events.timeMs[place] = row.timeMs
    events.drop[place] = drops.codeOf(row.drop)
  }
  return {
    length,
    ...events,
    users: users.texts,
    items: items.texts,
    outcomes: outcomes.texts,
    drops: drops.texts,
    requests: requests.texts.length,
    impression: linkOutcomes(sorted),
  }
}
