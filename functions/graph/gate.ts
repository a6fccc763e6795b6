import { RELATIONS } from '../contract/claims.ts'
import type { GraphSection } from '../contract/graph.ts'
import type { GraphReport } from '../contract/graph-objects.ts'
import type { GraphBefore } from './graph-before.ts'

const MEANT = 'lower graph.gate.minKept if this is meant'
const NO_FACTS =
  'it has no facts: graph.catalogue maps no attribute of what was dropped, and graph.behaviour found no relation'

export type RelationCounts = Readonly<Record<string, number>>

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

/**
 * Whether a new generation may be served: it has a fact, and of each relation that had enough facts before, the share
 * that the scene asks for is left. A mapping that no longer fits its catalogue is refused so.
 */
export function judgeGraph(
  now: RelationCounts,
  before: GraphReport['relations'] | null,
  { minKept, minFacts }: GraphSection['gate'],
): { isAccepted: boolean; reason: string } {
  if (Object.keys(now).length === 0) return { isAccepted: false, reason: NO_FACTS }
  if (!before) return { isAccepted: true, reason: 'the first one' }
  const lost = Object.entries(before)
    .filter(([relation, { facts }]) => facts >= minFacts && (now[relation] ?? 0) < minKept * facts)
    .map(([relation, { facts }]) => `${relation}: ${now[relation] ?? 0} facts, before ${facts}`)
    .sort()
  return lost.length === 0
    ? { isAccepted: true, reason: 'each relation kept its facts' }
    : { isAccepted: false, reason: `relations lost their facts: ${lost.join('; ')}; ${MEANT}` }
}
