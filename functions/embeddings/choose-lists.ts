import type { EmbeddingsDefinition } from '../contract/embeddings.ts'
import type { CandidateFigures } from '../contract/space-comparison.ts'
import type { SpaceTables } from './align/space-tables.ts'
import { rowsFor } from './make-tables.ts'
import { chooseRecommender, type RecommenderChoice } from './recommend/choose.ts'
import { chooseSimilarity, type SimilarityMethod } from './recommend/choose-similarity.ts'
import { deepWalkMethod, type WalkVectors } from './recommend/deep-walk.ts'
import type { Interactions, ItemSimilarity, Method, Recommender } from './recommend/interactions.ts'
import { itemListMethods, userListMethods } from './recommend/methods.ts'
import { choosePopularityWeight } from './recommend/popularity-weight.ts'
import type { Split } from './recommend/split.ts'

/** The vectors of a space in the numbering of interactions. */
export function walkVectors(
  { users, items }: SpaceTables,
  interactions: Interactions,
): WalkVectors {
  const degree = rowsFor(interactions.items, items, Float32Array.from(items.degree))
  return {
    userIn: rowsFor(interactions.users, users, users.in),
    itemOut: rowsFor(interactions.items, items, items.out!),
    degree: Float64Array.from(degree),
  }
}

/** Ways to make lists, with the vectors of one space among them. */
function methodsOf(tables: SpaceTables, interactions: Interactions, popularityWeight: number) {
  const itemIn = rowsFor(interactions.items, tables.items, tables.items.in)
  return {
    users: [
      ...userListMethods(interactions.items.length),
      deepWalkMethod(walkVectors(tables, interactions), popularityWeight),
    ],
    items: itemListMethods(itemIn, tables.dimensions),
  }
}

export interface ChosenLists {
  /** α of the score in(user)·out(item) + α·log(1 + degree(item)). */
  popularityWeight: number
  users: RecommenderChoice
  items: ReturnType<typeof chooseSimilarity>
}

/**
 * Chooses α and what lists are made from, on each user's last new item but one. `heldOut`: a space that has seen
 * neither that item nor the last.
 */
export function chooseLists(
  heldOut: SpaceTables,
  split: Split,
  definition: EmbeddingsDefinition,
): ChosenLists {
  const popularityWeight =
    definition.popularityWeight ??
    choosePopularityWeight(walkVectors(heldOut, split.training), {
      known: split.training,
      events: split.validation,
    })
  const { users, items } = methodsOf(heldOut, split.training, popularityWeight)
  // All are judged by what the space has seen: it is not trained a third time with the last event but one.
  const equal = { ...split, history: split.training }
  return {
    popularityWeight,
    users: chooseRecommender(users, equal),
    items: chooseSimilarity(items, equal),
  }
}

/** The chosen ways, fitted on everything: `tables` is the space that is published. */
export function fitLists(
  tables: SpaceTables,
  interactions: Interactions,
  { popularityWeight, users, items }: ChosenLists,
): { recommender: Recommender; similarity: ItemSimilarity } {
  const methods = methodsOf(tables, interactions, popularityWeight)
  const named = <M extends Method | SimilarityMethod>(all: readonly M[], name: string): M =>
    all.find((one) => one.name === name)!
  const { name, settings } = users.chosen
  return {
    recommender: named(methods.users, name).prepare(interactions)(settings),
    similarity: named(methods.items, items.chosen.name).learn(interactions),
  }
}

/** Without judged users there are no means. */
const finite = (value: number): number => (Number.isFinite(value) ? value : 0)

/** What the comparison says of each way to make users' lists. */
export const candidateFigures = ({ entries, differences }: RecommenderChoice): CandidateFigures[] =>
  entries.map(({ name, test: { hitRate, ndcg, coverage } }) => {
    const difference = differences?.[name]
    return {
      ...{ name, hitRate: finite(hitRate), ndcg: finite(ndcg), coverage: finite(coverage) },
      difference: difference ? { low: difference.low, high: difference.high } : null,
    }
  })
