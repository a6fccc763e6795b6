import type { EventRow } from '../contract/rows.ts'
import { excludedBy, noVerdict, type VerdictOf } from './verdicts.ts'

/** The label of one impression, and the value of the outcome that gave it. */
interface Attributed {
  label: 0 | 1
  value: number | null
  /** What that outcome counts by the verdicts on it. */
  trust: number
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
    excludedOutcomes?: Record<string, number>
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
 * impressions of earlier sets. An outcome that a verdict excludes, or whose impression one excludes,
 * labels nothing.
 */
export function attributeOutcomes(
  objective: string,
  windowMs: number,
  impressions: readonly EventRow[],
  earlier: readonly EventRow[],
  own: readonly EventRow[],
  ahead: readonly EventRow[],
  verdictOf: VerdictOf = noVerdict,
): Attribution {
  const excluded: Record<string, number> = {}
  const countExcluded = (reason: string): void => {
    excluded[reason] = (excluded[reason] ?? 0) + 1
  }
  const reasonOf = (row: EventRow): string | null => excludedBy(verdictOf(row))
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
  const trusted = own.filter((row) => {
    const reason = reasonOf(row)
    if (reason !== null) countExcluded(reason)
    return reason === null
  })
  const isAhead = new Set(ahead.filter((row) => isOfObjective(row) && reasonOf(row) === null))
  const asked = [...trusted.filter(isOfObjective), ...isAhead].sort(inOrder)
  account.otherOutcome = trusted.length - (asked.length - isAhead.size)
  const index = indexImpressions(asked, impressions, earlier)
  for (const outcome of asked) {
    const shown = index.get(outcome.user)!.get(outcome.item)!
    const found = findImpression(shown, outcome, windowMs)
    if (found?.isOwn) {
      const { event } = found.row
      const reason = reasonOf(found.row)
      if (reason !== null) countExcluded(reason)
      else if (outcomes.has(event)) account.repeated++
      else {
        const trust = verdictOf(outcome)?.weight ?? 1
        outcomes.set(event, { label: 1, value: outcome.value, trust })
        account.attributed++
      }
    } else if (!isAhead.has(outcome)) {
      if (found) account.ofEarlierSet++
      else account.orphaned++
    }
  }
  const { attributed, otherOutcome, repeated, orphaned, ofEarlierSet } = account
  const removed = Object.values(excluded).reduce((a, b) => a + b, 0)
  account.outcomes = attributed + otherOutcome + repeated + orphaned + ofEarlierSet + removed
  return {
    outcomes,
    account: { ...account, ...(removed > 0 && { excludedOutcomes: excluded }) },
  }
}
