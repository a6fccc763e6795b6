import type { VerdictReport } from '../contract/verdict-report.ts'
import type { VerdictRow } from '../contract/verdicts.ts'
import type { VisitedEvent } from './corrections.ts'
import { type Holdback, isHeldBack } from './holdback.ts'
import { CLEARED } from './judge.ts'
import { indexVerdicts, matchVerdict, type VerdictIndex } from './match.ts'

/** What held-back verdicts are worth: the events that they cover, beside those of honest users. */
export interface MeasuredHoldback {
  held: VerdictIndex
  /** All verdicts on users. */
  all: VerdictIndex
  counts: NonNullable<VerdictReport['holdback']>
}

export function createHoldback(
  verdicts: readonly VerdictRow[],
  holdback: Holdback,
): MeasuredHoldback {
  const ofUsers = verdicts.filter(({ subject }) => subject === 'user')
  const held = ofUsers.filter(
    (row) => row.action === 'watch' && row.reason !== CLEARED && isHeldBack(row, holdback),
  )
  const none = { impressions: 0, clicks: 0, otherImpressions: 0, otherClicks: 0 }
  return {
    held: indexVerdicts(held),
    all: indexVerdicts(ofUsers),
    counts: { verdicts: held.length, ...none },
  }
}

/**
 * Counts one kept event. Rates of outcomes that are alike say that the verdicts hit honest users, or that
 * these cheats do no harm.
 */
export function countHoldback({ held, all, counts }: MeasuredHoldback, row: VisitedEvent): void {
  const isClick = row.type === 'outcome'
  if (matchVerdict(held, row)) counts[isClick ? 'clicks' : 'impressions']++
  else if (!matchVerdict(all, row)) counts[isClick ? 'otherClicks' : 'otherImpressions']++
}
