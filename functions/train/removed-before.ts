import type { VersionRow } from '../contract/registry.ts'
import type { Removed } from '../contract/removed.ts'
import { DAY_MS, HOUR_MS } from '../contract/time.ts'
import type { Tier } from '../contract/training.ts'
import type { Registry } from '../registry/registry.ts'
import { earlierRemoved, TRAILING } from './removed-share.ts'

/** How far apart the runs of a tier are. */
const EVERY_MS: Readonly<Record<Tier, number>> = {
  full: 7 * DAY_MS,
  daily: DAY_MS,
  hourly: HOUR_MS,
}

/** What cheats took from earlier intervals, for the plan of a run. One query for the refused ones. */
export async function loadRemoved(
  registry: Pick<Registry, 'decisionsSince'>,
  tier: Tier,
  scheduledMs: number,
  versions: readonly VersionRow[],
): Promise<Removed[]> {
  const sinceMs = scheduledMs - TRAILING[tier] * EVERY_MS[tier]
  return earlierRemoved(tier, versions, await registry.decisionsSince(sinceMs))
}
