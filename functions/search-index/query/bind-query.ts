import type { SearchDefinition } from '../../contract/search.ts'
import { type FieldStatistics, fieldStatistics } from './field-statistics.ts'
import { similarTerms } from './fuzzy-terms.ts'
import type { Matcher } from './matcher.ts'
import { PhraseMatcher } from './phrase-matcher.ts'
import { PrefixMatcher } from './prefix-matcher.ts'
import { type Condition, type Leaf, mapCondition, type QueryTree } from './query-tree.ts'
import type { Snapshot } from './snapshot.ts'
import { TermMatcher, termStatistics } from './term-matcher.ts'

type Bind = (
  snapshot: Snapshot,
  statistics: FieldStatistics,
  leaf: Leaf,
  times: number,
) => Matcher[]

function bindTerm(
  snapshot: Snapshot,
  statistics: FieldStatistics,
  term: string,
  times: number,
): Matcher[] {
  const found = termStatistics(snapshot, statistics.field, term)
  if (found.docs === 0) return []
  return [new TermMatcher(snapshot, statistics, found, { boost: 1, times, docs: found.docs })]
}

/** All similar terms count with the idf of the most frequent one, so that a rare misspelling does not win. */
function bindFuzzy(
  snapshot: Snapshot,
  statistics: FieldStatistics,
  { term, maxEdits }: Leaf & { kind: 'fuzzy' },
  times: number,
): Matcher[] {
  const terms = similarTerms(snapshot, statistics.field, term, maxEdits)
  const docs = Math.max(...terms.map((similar) => similar.docs))
  return terms.map(
    (similar) =>
      new TermMatcher(snapshot, statistics, similar, { boost: similar.similarity, times, docs }),
  )
}

/** The matchers of a leaf: several for a fuzzy word, none where no live document can have it. */
const bindLeaf: Bind = (snapshot, statistics, leaf, times) => {
  const { field } = statistics
  if (leaf.kind === 'term') return bindTerm(snapshot, statistics, leaf.term, times)
  if (leaf.kind === 'fuzzy') return bindFuzzy(snapshot, statistics, leaf, times)
  if (leaf.kind === 'prefix')
    return [new PrefixMatcher(snapshot, statistics, leaf.prefix, leaf.term, times)]
  const terms = leaf.terms.map((term) => termStatistics(snapshot, field, term))
  if (terms.some(({ docs }) => docs === 0)) return []
  return [new PhraseMatcher(snapshot, statistics, terms, leaf.places, times)]
}

/** Looks a query's leaves up in all parts of a snapshot and weighs them. Leaves keep their order. */
export function bindQuery(
  definition: SearchDefinition,
  snapshot: Snapshot,
  tree: QueryTree<Leaf>,
): QueryTree<Matcher> {
  const fields = fieldStatistics(definition, snapshot)
  const known = new Map<Leaf, readonly Matcher[]>()
  const matchersOf = (leaf: Leaf, times: number): readonly Matcher[] => {
    let matchers = known.get(leaf)
    if (!matchers) {
      const statistics = fields.get(leaf.field)
      matchers = statistics ? bindLeaf(snapshot, statistics, leaf, times) : []
      known.set(leaf, matchers)
    }
    return matchers
  }
  const bindCondition = (condition: Condition<Leaf>): Condition<Matcher> =>
    mapCondition(condition, (leaf) => ({
      any: matchersOf(leaf, 1).map((matcher) => ({ leaf: matcher })),
    }))
  const groups = tree.groups
    .map(({ field, times, own, alternatives }) => ({
      ...{ field, times },
      own: own.flatMap((leaf) => matchersOf(leaf, times)),
      alternatives: alternatives.flatMap((leaf) => matchersOf(leaf, times)),
    }))
    .filter(({ own, alternatives }) => own.length + alternatives.length > 0)
  return {
    groups,
    required: tree.required.map(bindCondition),
    excluded: tree.excluded.map(bindCondition),
    matchesAll: tree.matchesAll,
  }
}
