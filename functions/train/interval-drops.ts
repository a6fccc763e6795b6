import { type ClosingPlan, closingPlanSchema } from '../contract/accounts.ts'
import { closingPlanKey } from '../contract/keys.ts'
import { DAY_MS } from '../contract/time.ts'
import type { RunPlan } from '../contract/training.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'

/** The drop counts of one closing. */
export type ClosingDrops = Pick<ClosingPlan, 'closedThroughMs' | 'drops'>

/**
 * The closings that read the drops of an interval, oldest first. It follows the chain of closings
 * back from the plan's own, to the first one that ends after the start of the interval. For a full it
 * reads only the closings of the last day, because dailies judged the days before. Each closing costs
 * one GET. An increment of one hour has one closing.
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
    closings.unshift({ closedThroughMs: closing.closedThroughMs, drops: closing.drops })
    throughMs = closing.previousClosedThroughMs
  } while (throughMs !== null && throughMs > sinceMs)
  return closings
}
