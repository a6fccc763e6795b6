import type { VerdictReport } from '../contract/verdict-report.ts'
import type { VerdictRow } from '../contract/verdicts.ts'
import { unitInterval } from '../math/hash.ts'
import type { VisitedEvent } from './corrections.ts'
import { CLEARED } from './judge.ts'
import { indexVerdicts, matchVerdict, type VerdictIndex } from './match.ts'

export interface Holdback {
  /** Share of the verdicts, by their subject, that are not acted on. */
  share: number
  seed: number
}

/** All verdicts about one subject are held back, or none is. So the effect on a user can be measured. */
export const isHeldBack = (
  { subject, id }: Pick<VerdictRow, 'subject' | 'id'>,
  { share, seed }: Holdback,
): boolean => unitInterval(`holdback\n${subject}\n${id}`, seed) < share

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
