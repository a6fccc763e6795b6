import type { Matcher } from '../../../functions/search-index/query/matcher.ts'
import { cursorAt } from '../../../functions/search-index/query/matcher.ts'
import type { Condition, QueryTree } from '../../../functions/search-index/query/query-tree.ts'
import { scoreDocument } from '../../../functions/search-index/query/score-groups.ts'
import type { Snapshot } from '../../../functions/search-index/query/snapshot.ts'
import { compareUtf8 } from '../../../functions/search-index/segment/utf8.ts'

const meets = (condition: Condition<Matcher>, part: number, doc: number): boolean =>
  'leaf' in condition
    ? cursorAt(condition.leaf, part, doc) !== null
    : 'all' in condition
      ? condition.all.every((one) => meets(one, part, doc))
      : condition.any.some((one) => meets(one, part, doc))

/** Every live match of a query, one document after the other, the best first. */
export function plainSearch(
  { groups, required, excluded, matchesAll }: QueryTree<Matcher>,
  { parts }: Snapshot,
) {
  const leaves = groups.flatMap(({ own, alternatives }) => [...own, ...alternatives])
  const anyLeaf = { any: leaves.map((leaf) => ({ leaf })) }
  const matches = parts.flatMap(({ segment, deleted }, part) =>
    Array.from({ length: segment.count }, (_, doc) => doc)
      .filter(
        (doc) =>
          !deleted.has(doc) &&
          (matchesAll || required.length > 0 || meets(anyLeaf, part, doc)) &&
          required.every((condition) => meets(condition, part, doc)) &&
          !excluded.some((condition) => meets(condition, part, doc)),
      )
      .map((doc) => ({ key: scoreDocument(groups, part, doc), part, doc, id: segment.idOf(doc) })),
  )
  return matches
    .sort((a, b) => b.key - a.key || compareUtf8(a.id, b.id))
    .map(({ id: _, ...ranked }) => ranked)
}
