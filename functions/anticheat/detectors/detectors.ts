import type { Evidence, Finding } from '../../contract/verdicts.ts'
import type { ScreenedEvents } from '../events.ts'
import { clickThrough } from './click-through.ts'
import { focus } from './focus.ts'
import { oneTimeUsers } from './one-time-users.ts'
import { promotion } from './promotion.ts'
import { regularIntervals } from './regular-intervals.ts'
import { replayedSlates } from './replayed-slates.ts'
import { shortDelays } from './short-delays.ts'

export interface Detector {
  name: string
  evidence: Evidence
  /** A sentence for the report. */
  reason: string
  detect(events: ScreenedEvents, about: { seed: number }): Finding[]
}

export const DETECTORS: readonly Detector[] = [
  focus,
  promotion,
  clickThrough,
  oneTimeUsers,
  regularIntervals,
  replayedSlates,
  shortDelays,
]
