import type { ExclusionRow } from '../../functions/contract/registry.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import type { RunPlan } from '../../functions/contract/training.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { advance } from '../../functions/features/advance.ts'
import { foldShard } from '../../functions/features/fold.ts'
import { writeStates } from '../../functions/features/states.ts'

/** Folds every shard of a run's plan and moves the mark, as the state machine does. */
export async function foldAll(
  { lake, online, scene }: { lake: ObjectStore; online: TableStore; scene: Scene },
  { fold }: Pick<RunPlan, 'fold'>,
  excluded: readonly ExclusionRow[] = [],
): Promise<void> {
  if (!fold) return
  for (const task of fold.states) await writeStates(lake, scene.scene, fold.series, task)
  for (let shard = 0; shard < fold.shards; shard++)
    await foldShard({ lake, online, scene }, fold, shard)
  await advance(online, scene, fold, excluded)
}
