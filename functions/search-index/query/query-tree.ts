/** What a document may have in one field: a term, a phrase, a term with a beginning, or a similar term. */
export type Leaf = { field: string } & (
  | { kind: 'term'; term: string }
  /** `places` are positions from that of the first term: a dropped stop word leaves a gap. */
  | { kind: 'phrase'; terms: readonly string[]; places: readonly number[] }
  /** `term` is found as well: what the same word would find without the asterisk. */
  | { kind: 'prefix'; prefix: string; term: string | null }
  | { kind: 'fuzzy'; term: string; maxEdits: 1 | 2 }
)

/**
 * Leaves of one field that count together: the greatest of the sum of `own`, and of each of
 * `alternatives`.
 */
export interface Group<L> {
  field: string
  /** How often the query has it. */
  times: number
  own: readonly L[]
  alternatives: readonly L[]
}

/** What a document must have. An empty `any` is never met; `all` has one condition at least. */
export type Condition<L> =
  | { leaf: L }
  | { all: readonly Condition<L>[] }
  | { any: readonly Condition<L>[] }

/**
 * A query: its hits meet each of `required` and none of `excluded`, and where nothing is required, they
 * have a leaf of a group. The score is the sum over the groups, in their order.
 */
export interface QueryTree<L> {
  groups: readonly Group<L>[]
  required: readonly Condition<L>[]
  excluded: readonly Condition<L>[]
  /** The query asks for nothing: every document that is not excluded is a hit, with the score 0. */
  matchesAll: boolean
}

/** The same condition of other leaves. */
export function mapCondition<L, M>(
  condition: Condition<L>,
  map: (leaf: L) => Condition<M>,
): Condition<M> {
  if ('leaf' in condition) return map(condition.leaf)
  if ('all' in condition) return { all: condition.all.map((one) => mapCondition(one, map)) }
  return { any: condition.any.map((one) => mapCondition(one, map)) }
}

/** The leaves of a condition, each time that it has them. */
export function leavesOf<L>(condition: Condition<L>): L[] {
  if ('leaf' in condition) return [condition.leaf]
  return ('all' in condition ? condition.all : condition.any).flatMap(leavesOf)
}
