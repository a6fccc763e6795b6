import { graphPlanKey } from '../contract/claim-keys.ts'
import type { Generation } from '../contract/generations.ts'
import type { GraphSection } from '../contract/graph.ts'
import { type GraphReport, graphPlanSchema } from '../contract/graph-objects.ts'
import { CorruptArtifact } from '../core/errors.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import { findReport } from './report.ts'

/** What a new graph is compared with. */
export interface GraphBefore {
  relations: GraphReport['relations']
  /** What it was made by; null where its plan is gone. */
  section: GraphSection | null
}

async function read(
  models: ObjectStore,
  scene: string,
  generation: string,
): Promise<GraphBefore | null> {
  try {
    const report = await findReport(models, scene, generation)
    const plan = await findJson(models, graphPlanKey(scene, generation), graphPlanSchema)
    return report && { relations: report.relations, section: plan?.definition.graph ?? null }
  } catch (error) {
    if (!(error instanceof CorruptArtifact)) throw error
    return null
  }
}

/** The served graph, or the newest accepted one that can be read. Null: there is none. */
export async function findGraphBefore(
  models: ObjectStore,
  scene: string,
  generations: readonly Generation[],
  served: string | null,
): Promise<GraphBefore | null> {
  const accepted = generations.filter(({ status }) => status === 'accepted')
  const names = accepted.map(({ generation }) => generation)
  for (const generation of served === null ? names : [served, ...names]) {
    const before = await read(models, scene, generation)
    if (before) return before
  }
  return null
}
