import { graphReportKey } from '../contract/claim-keys.ts'
import type { Fact } from '../contract/claims.ts'
import type { GraphSnapshot } from '../contract/graph.ts'
import { type GraphReport, graphReportSchema, type Learned } from '../contract/graph-objects.ts'
import { canonicalJson } from '../core/digest.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import { kindOf } from './claims/entity-id.ts'
import type { MergedGraph } from './fold/merge.ts'
import type { RelationCounts } from './gate.ts'
import { entitiesIn } from './published.ts'
import type { Taxonomy } from './taxonomy/taxonomy.ts'

function countBy<T>(values: Iterable<T>, keyOf: (value: T) => string) {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(keyOf(value), (counts.get(keyOf(value)) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}
export const countRelations = (facts: readonly Fact[]): RelationCounts =>
  countBy(facts, ({ relation }) => relation)

/** What does not change while a generation is folded. */
export type ReportBase = Pick<
  GraphReport,
  'scene' | 'generation' | 'builtMs' | 'isAccepted' | 'reason' | 'gate' | 'doubtful' | 'accuracies'
> & { before: GraphReport['relations'] | null }

export function reportOf(
  { before, ...base }: ReportBase,
  { n, accounts }: Pick<GraphSnapshot, 'n' | 'accounts'>,
  { facts, mergedInto }: MergedGraph,
  taxonomy: Taxonomy,
): GraphReport {
  const now = countRelations(facts)
  const relations = [...new Set([...Object.keys(now), ...Object.keys(before ?? {})])].sort()
  return {
    ...{ ...base, ...accounts, n },
    entities: countBy(entitiesIn(facts), kindOf),
    relations: Object.fromEntries(
      relations.map((relation) => [
        relation,
        { facts: now[relation] ?? 0, before: before ? (before[relation]?.facts ?? 0) : null },
      ]),
    ),
    merges: mergedInto.size,
    taxonomy: {
      nodes: taxonomy.nodes.length,
      depth: taxonomy.nodes.reduce((deepest, { depth }) => Math.max(deepest, depth), 0),
      brokenCycles: taxonomy.broken.length,
    },
  }
}

/** Providers are named where more than one speaks. */
export const namedAccuracies = ({ accuracies }: Learned): Learned['accuracies'] =>
  accuracies.length > 1 ? accuracies : []

export const findReport = (
  models: ObjectStore,
  scene: string,
  generation: string,
): Promise<GraphReport | null> =>
  findJson(models, graphReportKey(scene, generation), graphReportSchema)

export const writeReport = (models: Pick<ObjectStore, 'put'>, report: GraphReport): Promise<void> =>
  models.put(
    graphReportKey(report.scene, report.generation),
    canonicalJson(report),
    'application/json',
  )
