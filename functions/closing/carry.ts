import type { ClosingBatch, ClosingPlan } from '../contract/accounts.ts'
import { closingAccountKey, closingAttemptKey } from '../contract/keys.ts'
import type { ObjectStore } from '../core/objects.ts'
import { type ClosingTask, closingTasks } from './cut.ts'

/**
 * After the run that planned it, this many runs may start a batch in vain before it is excluded.
 */
const MAX_FAILURES = 2

/**
 * The batches of a closing that are still open. `existing` are the keys of that closing and of the
 * closings that it carried batches from. A task has ended once its account exists. A batch has
 * failed if it was started and stayed open while others were closed. If all batches stayed open,
 * the cause is a fault, and no batch counts as failed. A batch that fails too often is excluded, so
 * that later hours can be closed.
 */
export function carryBatches(
  previous: Pick<ClosingPlan, 'scene' | 'closedThroughMs' | 'pieces'>,
  existing: ReadonlySet<string>,
): ClosingBatch[] {
  const { scene, closedThroughMs, pieces: batches } = previous
  const openTasks = (batch: ClosingBatch) =>
    closingTasks([batch]).filter(
      (task) => !existing.has(closingAccountKey(scene, task.closedThroughMs, task.piece)),
    )
  const open = batches.filter((batch) => openTasks(batch).length > 0)
  const hasClosedOthers = open.length < batches.length
  return open.map((batch) => {
    const wasStarted = openTasks(batch).some((task) =>
      existing.has(closingAttemptKey(scene, closedThroughMs, task)),
    )
    if (!hasClosedOthers || !wasStarted) return batch
    const failures = (batch.failures ?? 0) + 1
    const excluded = batch.excluded ?? 'unclosable'
    return failures < MAX_FAILURES ? { ...batch, failures } : { ...batch, failures, excluded }
  })
}

/** The closings whose keys `carryBatches` needs. */
export const closingsToRead = ({ closedThroughMs, pieces: batches }: ClosingPlan): number[] => [
  ...new Set([closedThroughMs, ...batches.map((batch) => batch.closedThroughMs)]),
]

/** Records that a closing has started a task that an earlier closing left open. */
export async function markStarted(
  store: ObjectStore,
  closedThroughMs: number,
  task: ClosingTask,
): Promise<void> {
  if (task.closedThroughMs < closedThroughMs)
    await store.put(closingAttemptKey(task.scene, closedThroughMs, task), '{}', 'application/json')
}
