import { newestSnapshot } from '../anticheat/snapshot.ts'
import { committedThrough } from '../closing/committed-closing.ts'
import { graphPlanKey } from '../contract/claim-keys.ts'
import { type GraphPlan, graphPlanSchema } from '../contract/graph-objects.ts'
import { canonicalJson } from '../core/digest.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { arrivedThrough } from '../registry/timetable.ts'
import { definitionOf } from './definition.ts'
import type { GraphPorts } from './ports.ts'
import { readDrops } from './read-drops.ts'

/** What a generation of this fence is built of. It is fixed by the first call that builds it. */
export async function planGraph(
  { lake, models, scene }: GraphPorts,
  generation: string,
  fenceMs: number,
): Promise<GraphPlan> {
  const key = graphPlanKey(scene.scene, generation)
  const known = await findJson(models, key, graphPlanSchema)
  if (known) return known
  const arrivedThroughMs = arrivedThrough(fenceMs)
  const verdicts = await newestSnapshot(lake, scene.scene, fenceMs)
  const plan: GraphPlan = {
    ...{ scene: scene.scene, generation, fenceMs, arrivedThroughMs },
    closedThroughMs: await committedThrough(lake, scene, fenceMs),
    verdicts: verdicts && { key: verdicts.key, digest: verdicts.digest },
    definition: definitionOf(scene),
    drops: await readDrops(lake, scene.scene, 0, arrivedThroughMs),
  }
  await models.putIfAbsent(key, canonicalJson(plan), 'application/json')
  return getJson(models, key, graphPlanSchema)
}

export const loadPlan = (
  models: ObjectStore,
  scene: string,
  generation: string,
): Promise<GraphPlan> => getJson(models, graphPlanKey(scene, generation), graphPlanSchema)
