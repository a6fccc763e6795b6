import { closingTasks } from '../closing/cut.ts'
import {
  type ClosingPlan,
  closingAccountSchema,
  closingPlanSchema,
  type HourAccount,
} from '../contract/accounts.ts'
import { closingAccountKey, closingPlanKey } from '../contract/keys.ts'
import { DAY_MS } from '../contract/time.ts'
import type { RunPlan } from '../contract/training.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'

/** Events of one hour in one task of a closing, and what each drop brought. */
type ClosedCounts = Pick<HourAccount, 'hourMs' | 'excluded' | 'users' | 'drops'>
/** The counts of one closing: of its drops, and of its hours by task. */
export type ClosingDrops = Pick<ClosingPlan, 'closedThroughMs' | 'drops'> & {
  hours: readonly ClosedCounts[]
}

/** The hours of a closing. A task without an account has failed, and a later closing closes its hours. */
async function hoursOf(
  lake: ObjectStore,
  { scene, closedThroughMs, pieces }: ClosingPlan,
): Promise<ClosedCounts[]> {
  const accounts = await readEach(closingTasks(pieces), ({ piece }) =>
    findJson(lake, closingAccountKey(scene, closedThroughMs, piece), closingAccountSchema),
  )
  return accounts.flatMap((account) =>
    (account?.hours ?? []).map(({ hourMs, excluded, users, drops }) => ({
      ...{ hourMs, excluded, users, drops },
    })),
  )
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
    closings.unshift({ closedThroughMs, drops, hours: await hoursOf(lake, closing) })
    throughMs = closing.previousClosedThroughMs
  } while (throughMs !== null && throughMs > sinceMs)
  return closings
}
