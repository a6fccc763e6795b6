import type { Detector } from '../detector.ts'
import { denseBlocks } from './dense-blocks.ts'
import { focus } from './focus.ts'
import { honeypot } from './honeypot.ts'
import { lockstep } from './lockstep.ts'
import { oneTimeUsers } from './one-time-users.ts'
import { promotion } from './promotion.ts'

/** Every detector of a screening, in the order in which they run. */
export const DETECTORS: readonly Detector[] = [
  honeypot,
  lockstep,
  denseBlocks,
  focus,
  promotion,
  oneTimeUsers,
]
