import { graphPlanKey } from '../contract/claim-keys.ts'
import { RELATIONS } from '../contract/claims.ts'
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

/** Relations that a definition makes, with the part of it that makes each. */
function mappedRelations({ catalogue, documents, languageModel }: GraphSection): Set<string> {
  const mappings = Object.values(catalogue)
  const isPath = mappings.some(({ pathSeparator, broader }) => pathSeparator ?? broader)
  return new Set([
    ...mappings.map(({ relation }) => `catalogue ${relation}`),
    ...(isPath ? [`catalogue ${RELATIONS.broader}`] : []),
    ...documents.patterns.map(({ relation }) => `documents ${relation}`),
    ...(languageModel?.relations ?? []).map((relation) => `language-model ${relation}`),
  ])
}

/**
 * The relations that a new graph must keep: all, but for those that a part of the definition before made, and that the
 * same part of the new one makes no more. They were renamed or removed, and that is meant.
 */
export function askedRelations(
  { relations, section }: GraphBefore,
  now: GraphSection,
): GraphReport['relations'] {
  if (!section) return relations
  const mapped = mappedRelations(now)
  const dropped = [...mappedRelations(section)]
    .filter((name) => !mapped.has(name))
    .map((name) => name.slice(name.indexOf(' ') + 1))
  return Object.fromEntries(
    Object.entries(relations).filter(([relation]) => !dropped.includes(relation)),
  )
}
