import type { Finding } from '../contract/verdicts.ts'
import type { ScreenedEvents } from './events.ts'

/**
 * Finds what its null model does not explain. Pure: the same events and seed give the same findings.
 * It takes time of at most O(E log V), for E events of V users and items.
 */
export type Detector = (
  events: ScreenedEvents,
  about: { seed: number; honeypots: readonly string[] },
) => Finding[]
