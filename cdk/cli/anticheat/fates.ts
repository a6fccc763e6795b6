import { indexVerdicts, matchVerdict } from '../../../functions/anticheat/match.ts'
import type { EventRow } from '../../../functions/contract/rows.ts'
import type { ScreenedLog } from './screen-log.ts'

/**
 * What became of an accepted event. `rules`: closing excluded it. `verdict`: a verdict excludes it.
 * `weighed`: it counts less. `isByUser`: because of a verdict on its user.
 */
export interface Fate {
  row: EventRow
  fate: 'kept' | 'rules' | 'verdict' | 'weighed'
  isByUser: boolean
}

/** The fate of each accepted event. */
export function fatesOf({ accepted, closings, verdicts }: ScreenedLog): Fate[] {
  const kept = new Set(closings.flatMap((closing) => closing.kept.map(({ event }) => event)))
  const all = indexVerdicts(verdicts)
  const byUser = indexVerdicts(verdicts.filter(({ subject }) => subject === 'user'))
  return accepted.map((row) => {
    if (!kept.has(row.event)) return { row, fate: 'rules', isByUser: false }
    const match = matchVerdict(all, row)
    if (match === null || match.action === 'watch') return { row, fate: 'kept', isByUser: false }
    const own = matchVerdict(byUser, row)
    const isByUser = own !== null && own.action !== 'watch'
    return { row, fate: match.action === 'exclude' ? 'verdict' : 'weighed', isByUser }
  })
}
