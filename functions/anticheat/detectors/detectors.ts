import type { Detector } from '../detector.ts'

/** Every detector of a screening, in the order in which they run. */
export const DETECTORS: readonly Detector[] = []
