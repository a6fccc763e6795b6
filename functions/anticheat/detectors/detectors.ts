import type { Detector } from '../detector.ts'
import { clickThrough } from './click-through.ts'
import { denseBlocks } from './dense-blocks.ts'
import { focus } from './focus.ts'
import { honeypot } from './honeypot.ts'
import { lockstep } from './lockstep.ts'
import { oneTimeUsers } from './one-time-users.ts'
import { orphanOutcomes } from './orphan-outcomes.ts'
import { promotion } from './promotion.ts'
import { regularIntervals } from './regular-intervals.ts'
import { replayedSlates } from './replayed-slates.ts'
import { shortDelays } from './short-delays.ts'

/** Every detector of a screening, in the order in which they run. */
export const DETECTORS: readonly Detector[] = [
  honeypot,
  lockstep,
  denseBlocks,
  focus,
  promotion,
  clickThrough,
  oneTimeUsers,
  orphanOutcomes,
  regularIntervals,
  replayedSlates,
  shortDelays,
]
