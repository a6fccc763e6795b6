import { closingTasks } from '../closing/cut.ts'
import { type ClosingPlan, closingAccountSchema, closingPlanSchema } from '../contract/accounts.ts'
import { closingAccountKey, closingPlanKey } from '../contract/keys.ts'
import { DAY_MS } from '../contract/time.ts'
import type { RunPlan } from '../contract/training.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import type { HourDrops } from './drop-rates.ts'

/** The drop counts of one closing: sums of all, and those of each of its hours. */
export interface ClosingDrops extends Pick<ClosingPlan, 'closedThroughMs' | 'drops'> {
  hours?: readonly HourDrops[]
}

/** What the drops brought to the hours of a closing. A task that is still open has no account. */
async function loadHourDrops(lake: ObjectStore, closing: ClosingPlan): Promise<HourDrops[]> {
  const keys = closingTasks(closing.pieces).map(({ scene, closedThroughMs, piece }) =>
    closingAccountKey(scene, closedThroughMs, piece),
  )
  const accounts = await readEach(keys, (key) => findJson(lake, key, closingAccountSchema))
  return accounts.flatMap((account) => account?.hours ?? [])
}

/**
 * The closings that read the drops of an interval, oldest first. It follows the chain of closings
 * back from the plan's own, to the first one that ends after the start of the interval. For a full it
 * reads only the closings of the last day, because dailies judged the days before. Each closing costs
 * one GET, and one for each of its tasks. An increment of one hour has one closing.
 */
export async function loadIntervalClosings(
  lake: ObjectStore,
  plan: Pick<RunPlan, 'scene' | 'tier' | 'dataFromMs' | 'dataThroughMs' | 'closedThroughMs'>,
): Promise<ClosingDrops[]> {
  const { tier, dataFromMs, dataThroughMs } = plan
  const sinceMs = tier === 'full' ? Math.max(dataFromMs, dataThroughMs - DAY_MS) : dataFromMs
  const closings: ClosingDrops[] = []
  let throughMs: number | null = plan.closedThroughMs
  do {
    const closing: ClosingPlan = await getJson(
      lake,
      closingPlanKey(plan.scene, throughMs),
      closingPlanSchema,
    )
    const { closedThroughMs, drops } = closing
    closings.unshift({ closedThroughMs, drops, hours: await loadHourDrops(lake, closing) })
    throughMs = closing.previousClosedThroughMs
  } while (throughMs !== null && throughMs > sinceMs)
  return closings
}
