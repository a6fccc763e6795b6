import { agreementOf } from '../../../functions/anticheat/agreement.ts'
import { DETECTORS } from '../../../functions/anticheat/detectors/detectors.ts'
import { screenedEvents } from '../../../functions/anticheat/events.ts'
import { judge } from '../../../functions/anticheat/judge.ts'
import { anticheatOf } from '../../../functions/contract/anticheat.ts'
import type { EventRow } from '../../../functions/contract/rows.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import type { Finding, VerdictRow } from '../../../functions/contract/verdicts.ts'
import { type Closing, closeLog } from '../fresh/closings.ts'
import type { Log } from '../fresh/log.ts'

/** A log after all lines of defence. */
export interface ScreenedLog {
  /** Each accepted event once. */
  accepted: readonly EventRow[]
  closings: readonly Closing[]
  findings: readonly Finding[]
  verdicts: readonly VerdictRow[]
}

/**
 * Closes a log by the timetable, and screens all of it once, at its end, by the code of the pipeline.
 * No verdict is held back, so that all of them are measured.
 */
export function screenLog(scene: Scene, log: Log): ScreenedLog {
  const closings = closeLog(scene, log.events)
  const events = screenedEvents(closings.flatMap(({ kept }) => kept))
  const { seed, honeypots } = anticheatOf(scene)
  const findings = DETECTORS.flatMap(({ detect }) => detect(events, { seed, honeypots }))
  const { verdicts } = judge({
    findings: [...findings, ...agreementOf(events, findings)],
    ...{ previous: [], statements: [], screenedMs: log.throughMs },
    holdback: { share: 0, seed },
  })
  const accepted = [...new Map(log.events.map((row) => [row.event, row])).values()]
  return { accepted, closings, findings, verdicts }
}
