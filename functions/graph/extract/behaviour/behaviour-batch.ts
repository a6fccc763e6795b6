import type { BehaviourDefinition } from '../../../contract/graph.ts'
import type { ObjectStore } from '../../../core/objects.ts'
import type { ClaimBatch } from '../../claims/claim-file.ts'
import { GrowingBatch } from '../batch.ts'
import { actLog } from './act-log.ts'
import { type BehaviourWindow, behaviourSource, extractBehaviour } from './behaviour.ts'
import { readActs } from './read-acts.ts'

/** What the behaviour of a window claims, behind the verdicts known at `nowMs`. It replaces that of earlier windows. */
export async function behaviourBatch(
  lake: ObjectStore,
  window: BehaviourWindow,
  nowMs: number,
  definition: BehaviourDefinition,
): Promise<ClaimBatch> {
  const batch = new GrowingBatch()
  batch.replace(behaviourSource(window.scene), window.throughMs)
  const acts = await readActs(lake, window, nowMs, definition)
  if (acts.length > 0) batch.add(extractBehaviour(actLog(acts), definition, window))
  return batch
}
