import { type Fact, RELATIONS } from '../contract/claims.ts'
import type { GraphSection } from '../contract/graph.ts'
import type { EntityNames, ItemLinks } from '../contract/graph-objects.ts'
import { compareTexts } from './claims/claim.ts'
import { kindOf, nameOf } from './claims/entity-id.ts'
import { compareStrength } from './export/entity-row.ts'
import { compareFacts } from './fold/fuse.ts'
import type { MergedGraph } from './fold/merge.ts'
import { buildTaxonomy, type Taxonomy } from './taxonomy/taxonomy.ts'

/** A graph as readers see it: a pure function of its facts and the scene's section. */

/** The ids of all entities of a graph, in code-unit order. */
export function entitiesIn(facts: readonly Fact[]): string[] {
  const ids = new Set<string>()
  for (const { subject, object, isEntity } of facts) {
    ids.add(subject)
    if (isEntity) ids.add(String(object))
  }
  return [...ids].sort(compareTexts)
}

const isSameFact = (a: Fact, b: Fact): boolean =>
  a === b ||
  (a.confidence === b.confidence &&
    a.sourceCount === b.sourceCount &&
    a.validFromMs === b.validFromMs &&
    a.sources.join() === b.sources.join())

/**
 * The entities whose rows differ between two graphs: both ends of each fact that is new, gone or otherwise sure. Both
 * lists are in canonical order. O(facts).
 */
export function changedEntities(before: readonly Fact[], after: readonly Fact[]): Set<string> {
  const changed = new Set<string>()
  const note = ({ subject, object, isEntity }: Fact): void => {
    changed.add(subject)
    if (isEntity) changed.add(String(object))
  }
  let [old, fresh] = [0, 0]
  while (old < before.length || fresh < after.length) {
    const [a, b] = [before[old], after[fresh]]
    const order = a && b ? compareFacts(a, b) : a ? -1 : 1
    if (order <= 0) old++
    if (order >= 0) fresh++
    if (order < 0) note(a!)
    else if (order > 0 || !isSameFact(a!, b!)) note(b!)
  }
  return changed
}

/** The taxonomy of a graph. */
export const taxonomyOf = (facts: readonly Fact[]): Taxonomy => buildTaxonomy(facts)

/** Documents are found by their texts, and queries are what people ask. */
const UNNAMED_KINDS: ReadonlySet<string> = new Set(['document', 'query'])

/** Names that a query can have of an entity, the most confident first. */
export function entityNames(facts: readonly Fact[], taxonomy: Taxonomy): EntityNames {
  const named = new Map<string, Fact[]>()
  for (const fact of facts) {
    const isName = fact.relation === RELATIONS.name || fact.relation === RELATIONS.alias
    if (!isName || typeof fact.object !== 'string' || UNNAMED_KINDS.has(kindOf(fact.subject)))
      continue
    const own = named.get(fact.subject)
    if (own) own.push(fact)
    else named.set(fact.subject, [fact])
  }
  const ids = [...named.keys()].sort(compareTexts)
  const places = new Map(ids.map((id, place) => [id, place]))
  const narrower = new Map(taxonomy.nodes.map((node) => [node.id, node.narrower]))
  return {
    entities: ids.map((id) => ({
      id,
      names: [
        ...new Set(
          named
            .get(id)!
            .sort(compareStrength)
            .map(({ object }) => String(object)),
        ),
      ],
      narrower: (narrower.get(id) ?? []).flatMap((one) => places.get(one) ?? []),
    })),
  }
}

/** Entities that items are related to by some relations, the strongest `maxFanOut` of each. */
export function itemLinks(
  { facts, mergedInto }: MergedGraph,
  { links, maxFanOut }: Pick<GraphSection, 'links' | 'maxFanOut'>,
): ItemLinks {
  const byItem = new Map<string, Map<string, Fact[]>>()
  for (const fact of facts) {
    if (!fact.isEntity || !links.includes(fact.relation) || kindOf(fact.subject) !== 'item')
      continue
    const own = byItem.get(fact.subject) ?? new Map<string, Fact[]>()
    byItem.set(fact.subject, own)
    const same = own.get(fact.relation)
    if (same) same.push(fact)
    else own.set(fact.relation, [fact])
  }
  // Logs know an item by its own id, merged or not: as a subject, and as what others are related to.
  const merged = Map.groupBy(mergedInto, ([, root]) => root)
  const strongest = (all: readonly Fact[]): string[] =>
    all
      .toSorted(compareStrength)
      .slice(0, maxFanOut)
      .map(({ object }) => String(object))
      .flatMap((id) => [id, ...(merged.get(id) ?? []).map(([other]) => other)])
  const linked = new Map(
    [...byItem].map(([item, relations]) => [
      item,
      links.flatMap((relation, place): [number, string[]][] =>
        relations.has(relation) ? [[place, strongest(relations.get(relation)!)]] : [],
      ),
    ]),
  )
  for (const [item, root] of mergedInto)
    if (kindOf(item) === 'item' && linked.has(root)) linked.set(item, linked.get(root)!)
  const entities = [
    ...new Set([...linked.values()].flatMap((own) => own.flatMap(([, ids]) => ids))),
  ].sort(compareTexts)
  const places = new Map(entities.map((id, place) => [id, place]))
  const items = [...linked]
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([item, own]): [string, ItemLinks['items'][string]] => [
      nameOf(item),
      own.map(([relation, ids]) => [
        relation,
        ids.map((id) => places.get(id)!).sort((a, b) => a - b),
      ]),
    ])
  return { relations: [...links], entities, items: Object.fromEntries(items) }
}
