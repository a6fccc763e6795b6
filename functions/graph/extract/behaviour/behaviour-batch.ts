import type { BehaviourDefinition } from '../../../contract/graph.ts'
import type { PinnedVerdicts } from '../../../contract/pinned-verdicts.ts'
import type { ObjectStore } from '../../../core/objects.ts'
import type { ClaimBatch } from '../../claims/claim-file.ts'
import { GrowingBatch } from '../batch.ts'
import { actLog } from './act-log.ts'
import { type BehaviourWindow, behaviourSource, extractBehaviour } from './behaviour.ts'
import { readActs } from './read-acts.ts'

/** What the behaviour of a window claims, behind some verdicts. It replaces that of earlier windows. */
export async function behaviourBatch(
  lake: ObjectStore,
  window: BehaviourWindow,
  verdicts: PinnedVerdicts | null,
  definition: BehaviourDefinition,
): Promise<ClaimBatch> {
  const batch = new GrowingBatch()
  batch.replace(behaviourSource(window.scene), window.throughMs)
  const acts = await readActs(lake, window, verdicts, definition)
  if (acts.length > 0) batch.add(extractBehaviour(actLog(acts), definition, window))
  return batch
}
