import type { EventRow } from '../contract/rows.ts'

/** The label of one impression, and the value of the outcome that gave it. */
interface Attributed {
  label: 0 | 1
  value: number | null
}

export interface Attribution {
  /** By the event id of the impression. Impressions without an outcome are absent. */
  outcomes: Map<string, Attributed>
  account: {
    outcomes: number
    attributed: number
    otherOutcome: number
    repeated: number
    orphaned: number
    ofEarlierSet: number
  }
}

/** Impressions of one (request, item) or (user, item), ascending by time. */
function indexImpressions(rows: readonly EventRow[], keyOf: (row: EventRow) => string | null) {
  const index = new Map<string, EventRow[]>()
  for (const row of rows) {
    const key = keyOf(row)
    if (key === null) continue
    const list = index.get(key)
    if (list) list.push(row)
    else index.set(key, [row])
  }
  for (const list of index.values())
    list.sort((a, b) => a.timeMs - b.timeMs || (a.event < b.event ? -1 : 1))
  return (key: string, timeMs: number, windowMs: number): EventRow | null => {
    const list = index.get(key) ?? []
    for (let i = list.length - 1; i >= 0; i--) {
      const impression = list[i]!
      if (impression.timeMs > timeMs) continue
      return timeMs - impression.timeMs <= windowMs ? impression : null
    }
    return null
  }
}

/**
 * Attributes each outcome of the objective to an impression. An outcome with a request id belongs to
 * that request's impression of the item. An outcome without one belongs to the user's latest
 * impression of the item at or before it. The impression must be within `windowMs` before the outcome.
 * `ahead` are outcomes of later hours. They count only if they belong to `impressions`. `earlier` are
 * impressions of earlier sets.
 */
export function attributeOutcomes(
  objective: string,
  windowMs: number,
  impressions: readonly EventRow[],
  earlier: readonly EventRow[],
  own: readonly EventRow[],
  ahead: readonly EventRow[],
): Attribution {
  const byRequest = (row: EventRow): string | null => row.request && `${row.request}\n${row.item}`
  const byUser = (row: EventRow): string => `${row.user}\n${row.item}`
  const all = [...impressions, ...earlier]
  const findByRequest = indexImpressions(all, byRequest)
  const findByUser = indexImpressions(all, byUser)
  const ownEvents = new Set(impressions.map(({ event }) => event))
  const outcomes = new Map<string, Attributed>()
  const account = {
    outcomes: 0,
    attributed: 0,
    otherOutcome: 0,
    repeated: 0,
    orphaned: 0,
    ofEarlierSet: 0,
  }

  const isAhead = new Set(ahead)
  const inOrder = [...own, ...ahead].sort(
    (a, b) => a.timeMs - b.timeMs || (a.event < b.event ? -1 : 1),
  )
  for (const outcome of inOrder) {
    const counts = !isAhead.has(outcome)
    if (outcome.outcome !== objective) {
      if (counts) account.otherOutcome++
      continue
    }
    const request = byRequest(outcome)
    const found = request
      ? findByRequest(request, outcome.timeMs, windowMs)
      : findByUser(byUser(outcome), outcome.timeMs, windowMs)
    const impression = found?.user === outcome.user ? found : null
    if (impression && ownEvents.has(impression.event)) {
      if (outcomes.has(impression.event)) account.repeated++
      else {
        outcomes.set(impression.event, { label: 1, value: outcome.value })
        account.attributed++
      }
    } else if (counts) {
      if (impression) account.ofEarlierSet++
      else account.orphaned++
    }
  }
  const { attributed, otherOutcome, repeated, orphaned, ofEarlierSet } = account
  account.outcomes = attributed + otherOutcome + repeated + orphaned + ofEarlierSet
  return { outcomes, account }
}
