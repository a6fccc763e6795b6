import type { ClosingPiece, ClosingPlan } from '../contract/accounts.ts'
import { closingAccountKey, closingAttemptKey } from '../contract/keys.ts'
import type { ObjectStore } from '../core/objects.ts'
import { type ClosingTask, closingTasks } from './cut.ts'

/** Runs that began a piece in vain, after the one that planned it, before it is excluded. */
const MAX_FAILURES = 2

/**
 * The pieces of a closing that are still open. `standing` are the keys of that closing and of those
 * that it carried pieces of. A task has ended once its account stands. A piece that was begun and
 * left open while others were closed has failed; a fault of the world fails at all of them, and
 * counts for none. What fails too often is excluded, so that later hours are closed.
 */
export function carryPieces(
  previous: Pick<ClosingPlan, 'scene' | 'closedThroughMs' | 'pieces'>,
  standing: ReadonlySet<string>,
): ClosingPiece[] {
  const { scene, closedThroughMs, pieces } = previous
  const openTasks = (piece: ClosingPiece) =>
    closingTasks([piece]).filter(
      (task) => !standing.has(closingAccountKey(scene, task.closedThroughMs, task.piece)),
    )
  const open = pieces.filter((piece) => openTasks(piece).length > 0)
  const hasClosedOthers = open.length < pieces.length
  return open.map((piece) => {
    const wasBegun = openTasks(piece).some((task) =>
      standing.has(closingAttemptKey(scene, closedThroughMs, task)),
    )
    if (!hasClosedOthers || !wasBegun) return piece
    const failures = (piece.failures ?? 0) + 1
    const excluded = piece.excluded ?? 'unclosable'
    return failures < MAX_FAILURES ? { ...piece, failures } : { ...piece, failures, excluded }
  })
}

/** Closings in whose folders the keys stand that `carryPieces` asks for. */
export const closingsBehind = ({ closedThroughMs, pieces }: ClosingPlan): number[] => [
  ...new Set([closedThroughMs, ...pieces.map((piece) => piece.closedThroughMs)]),
]

/** Says that a closing has begun a task that an earlier one left open. */
export async function markBegun(
  store: ObjectStore,
  closedThroughMs: number,
  task: ClosingTask,
): Promise<void> {
  if (task.closedThroughMs < closedThroughMs)
    await store.put(closingAttemptKey(task.scene, closedThroughMs, task), '{}', 'application/json')
}
