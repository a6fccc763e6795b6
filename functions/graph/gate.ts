import type { GraphSection } from '../contract/graph.ts'
import type { GraphReport } from '../contract/graph-objects.ts'

const MEANT = 'lower graph.gate.minKept if this is meant'
const NO_FACTS =
  'it has no facts: graph.catalogue maps no attribute of what was dropped, and graph.behaviour found no relation'

export type RelationCounts = Readonly<Record<string, number>>

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
