import { REDRIVE_DAYS } from '../functions/closing/plan.ts'
import { longestWindowMs, type Scene } from '../functions/contract/scene.ts'
import { DAY_MS, MINUTE_MS } from '../functions/contract/time.ts'

/** A full takes whole days, which wait for their labels, of hours that wait for stragglers. */
const DAYS_TO_A_FULL = 3
/**
 * What is served may stand on a full that is so old: four weekly ones were refused since. Its chain
 * can still be proven, and a failed run of it be taken up again.
 */
export const CHAIN_DAYS = 35

/**
 * How long a scene comes back to an event: as far as its full looks or a straggler may lie, and from
 * there the longest window before it, of attribution or of a feature.
 */
export function neededLakeDays(scene: Scene): number {
  const { tiers, maxEventAgeDays, outcomes, objective } = scene
  const attributionMs = outcomes[objective]!.attributionWindowMinutes * MINUTE_MS
  const windowDays = Math.ceil(Math.max(attributionMs, longestWindowMs(scene)) / DAY_MS)
  const reachDays = Math.max(tiers.full.lookbackDays, maxEventAgeDays + REDRIVE_DAYS)
  return reachDays + windowDays + DAYS_TO_A_FULL + CHAIN_DAYS
}
