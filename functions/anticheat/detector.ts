import type { Evidence, Finding } from '../contract/verdicts.ts'
import type { ScreenedEvents } from './events.ts'

export interface Detector {
  name: string
  evidence: Evidence
  /** A sentence for the report. */
  reason: string
  /**
   * Finds what the detector's null model does not explain. Pure: the same events and seed give the same
   * findings. It takes time of at most O(E log V), for E events of V users and items.
   */
  detect(events: ScreenedEvents, about: { seed: number; honeypots: readonly string[] }): Finding[]
}
