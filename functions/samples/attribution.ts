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

interface Shown {
  row: EventRow
  /** Whether it belongs to the set, and not to an earlier one. */
  isOwn: boolean
}

const inOrder = (a: EventRow, b: EventRow): number =>
  a.timeMs - b.timeMs || (a.event < b.event ? -1 : 1)

/** Impressions by user and item, ascending by time: those for which the user has one of the outcomes. */
function indexImpressions(
  outcomes: readonly EventRow[],
  impressions: readonly EventRow[],
  earlier: readonly EventRow[],
): Map<string, Map<string, Shown[]>> {
  const index = new Map<string, Map<string, Shown[]>>()
  for (const { user, item } of outcomes) {
    let byItem = index.get(user)
    if (!byItem) {
      byItem = new Map()
      index.set(user, byItem)
    }
    byItem.set(item, [])
  }
  for (const row of impressions) index.get(row.user)?.get(row.item)?.push({ row, isOwn: true })
  for (const row of earlier) index.get(row.user)?.get(row.item)?.push({ row, isOwn: false })
  for (const byItem of index.values())
    for (const shown of byItem.values())
      if (shown.length > 1) shown.sort((a, b) => inOrder(a.row, b.row))
  return index
}

/** The impression that an outcome belongs to: of its request, or else the latest one of the item. */
function findImpression(shown: readonly Shown[], { request, timeMs }: EventRow, windowMs: number) {
  for (let i = shown.length - 1; i >= 0; i--) {
    const { row } = shown[i]!
    if (row.timeMs > timeMs || (request && row.request !== request)) continue
    return timeMs - row.timeMs <= windowMs ? shown[i]! : null
  }
  return null
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
  const outcomes = new Map<string, Attributed>()
  const account = {
    outcomes: 0,
    attributed: 0,
    otherOutcome: 0,
    repeated: 0,
    orphaned: 0,
    ofEarlierSet: 0,
  }

  const isOfObjective = ({ outcome }: EventRow): boolean => outcome === objective
  const isAhead = new Set(ahead.filter(isOfObjective))
  const asked = [...own.filter(isOfObjective), ...isAhead].sort(inOrder)
  account.otherOutcome = own.length - (asked.length - isAhead.size)
  const index = indexImpressions(asked, impressions, earlier)
  for (const outcome of asked) {
    const shown = index.get(outcome.user)!.get(outcome.item)!
    const found = findImpression(shown, outcome, windowMs)
    if (found?.isOwn) {
      const { event } = found.row
      if (outcomes.has(event)) account.repeated++
      else {
        outcomes.set(event, { label: 1, value: outcome.value })
        account.attributed++
      }
    } else if (!isAhead.has(outcome)) {
      if (found) account.ofEarlierSet++
      else account.orphaned++
    }
  }
  const { attributed, otherOutcome, repeated, orphaned, ofEarlierSet } = account
  account.outcomes = attributed + otherOutcome + repeated + orphaned + ofEarlierSet
  return { outcomes, account }
}
