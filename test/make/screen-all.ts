import type { Detector } from '../../functions/anticheat/detector.ts'
import { screenShard } from '../../functions/anticheat/screen.ts'
import { type MadeVerdicts, makeVerdicts } from '../../functions/anticheat/verdicts.ts'
import type { Statement } from '../../functions/contract/anticheat.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import type { RunPlan } from '../../functions/contract/training.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import type { TableStore } from '../../functions/core/tables.ts'

/** Screens every shard of a run's plan and makes its verdicts, as the state machine does. */
export async function screenAll(
  { lake, online, scene }: { lake: ObjectStore; online: TableStore; scene: Scene },
  { screen }: Pick<RunPlan, 'screen'>,
  detectors?: readonly Detector[],
  statements: readonly Statement[] = [],
): Promise<MadeVerdicts | null> {
  if (!screen) return null
  for (let shard = 0; shard < screen.shards; shard++)
    await screenShard(lake, scene, screen, shard, detectors)
  const ports = { lake, online, statements: async () => statements }
  return makeVerdicts(ports, scene, screen, 'detectors')
}
