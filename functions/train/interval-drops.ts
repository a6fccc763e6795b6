import { type ClosingPlan, closingPlanSchema } from '../contract/accounts.ts'
import { closingPlanKey } from '../contract/keys.ts'
import { DAY_MS } from '../contract/time.ts'
import type { RunPlan } from '../contract/training.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'

/** What one closing read. */
export type ClosingDrops = Pick<ClosingPlan, 'closedThroughMs' | 'drops'>

/**
 * The closings that read an interval's drops, oldest first: back along their chain from the plan's
 * own to the first that ends past the interval's begin. Of a full only those of its last day: the
 * days before were judged by their dailies. One GET each; of an hour's increment there is one.
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
