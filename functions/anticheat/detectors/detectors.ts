import type { Detector } from '../detector.ts'
import { focus } from './focus.ts'
import { oneTimeUsers } from './one-time-users.ts'
import { promotion } from './promotion.ts'

/** Every detector of a screening, in the order in which they run. */
export const DETECTORS: readonly Detector[] = [focus, promotion, oneTimeUsers]
