import { REDRIVE_DAYS } from '../functions/closing/plan.ts'
import { longestWindowMs, type Scene } from '../functions/contract/scene.ts'
import { DAY_MS, MINUTE_MS } from '../functions/contract/time.ts'

/** A full uses whole days. The days wait for labels, and their hours wait for late arrivals. */
const DAYS_TO_A_FULL = 3
/**
 * The served chain can have a full of this age as its base, when four weekly fulls were refused. Its
 * data must still be there to prove the chain and to repeat a failed run.
 */
export const CHAIN_DAYS = 35

/**
 * Days for which a scene can still read an event: the full's lookback or the age limit of a late
 * arrival, plus the longest window before it (attribution or feature), plus the chain.
 */
export function neededLakeDays(scene: Scene): number {
  const { tiers, maxEventAgeDays, outcomes, objective } = scene
  const attributionMs = outcomes[objective]!.attributionWindowMinutes * MINUTE_MS
  const windowDays = Math.ceil(Math.max(attributionMs, longestWindowMs(scene)) / DAY_MS)
  const reachDays = Math.max(tiers.full.lookbackDays, maxEventAgeDays + REDRIVE_DAYS)
  return reachDays + windowDays + DAYS_TO_A_FULL + CHAIN_DAYS
}
