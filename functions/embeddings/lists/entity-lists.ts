import type { Interactions, ItemSimilarity, Recommender } from '../recommend/interactions.ts'
import { maskKnown } from '../recommend/known.ts'
import { type ListShape, type RecallList, rankList } from './list.ts'

/** 100,000 users × 50,000 items are half of it, and take a minute at 64 dimensions. */
const MAX_PAIRS = 1e10

/** Whether all pairs of a user and an item, or of two items, can be scored. If not, `candidates` names the items. */
export const canScoreAll = (rows: number, items: number): boolean => rows * items <= MAX_PAIRS

/** Names the items that are worth a score for a user or an item. An item that is named twice is listed twice. */
type Candidates = (row: number) => Uint32Array

/** Writes the scores of the candidates, or of all items where there are none or all cost the same. */
function scorePool(
  scorer: Recommender | ItemSimilarity,
  row: number,
  scores: Float64Array,
  candidates: Candidates | undefined,
): { scores: Float64Array; places?: Uint32Array } {
  const places = scorer.scoreItems && candidates?.(row)
  if (places === undefined) {
    scorer.scoreFor(row, scores)
    return { scores }
  }
  const some = new Float64Array(places.length)
  scorer.scoreItems!(row, places, some)
  return { scores: some, places }
}

export interface UserLists {
  /** What users have done: items of it are not listed again. */
  known: Interactions
  recommender: Recommender
  /** Users whose last event is earlier get no list. */
  activeSinceMs: number
  shape: ListShape
  candidates?: Candidates
}

/** Yields the list of each active user, in the order of users. Holds one list and one score an item. */
export function* userLists({
  known,
  recommender,
  activeSinceMs,
  shape,
  candidates,
}: UserLists): Generator<{ user: number; list: RecallList }> {
  const all = new Float64Array(known.items.length)
  const isKnown = new Uint32Array(known.items.length)
  for (let user = 0; user < known.users.length; user++) {
    const [from, to] = [known.offsets[user]!, known.offsets[user + 1]!]
    if (from === to || known.timesMs[to - 1]! < activeSinceMs) continue
    const { scores, places } = scorePool(recommender, user, all, candidates)
    if (places === undefined) maskKnown(known, user, scores)
    else {
      for (let e = from; e < to; e++) isKnown[known.targets[e]!] = user + 1
      for (const [i, item] of places.entries())
        if (isKnown[item] === user + 1) scores[i] = Number.NEGATIVE_INFINITY
    }
    yield { user, list: rankList(scores, known.items, shape, places) }
  }
}

export interface ItemLists {
  /** By number. */
  items: readonly string[]
  similarity: ItemSimilarity
  shape: ListShape
  candidates?: Candidates
}

/** Yields the list of each item, in the order of items. It may be empty. */
export function* itemLists({
  items,
  similarity,
  shape,
  candidates,
}: ItemLists): Generator<{ item: number; list: RecallList }> {
  const all = new Float64Array(items.length)
  for (let item = 0; item < items.length; item++) {
    const { scores, places } = scorePool(similarity, item, all, candidates)
    yield { item, list: rankList(scores, items, shape, places) }
  }
}
