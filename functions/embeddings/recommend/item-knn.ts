import { TopK } from '../../math/top-k.ts'
import { countCoOccurrences } from './co-occurrences.ts'
import { type Histories, readHistories, transpose, usersOf } from './histories.ts'
import type { Interactions, ItemSimilarity, Method, Recommender, Settings } from './interactions.ts'
import { recencyWeights } from './recency.ts'

/** The items most like each item in compressed sparse rows, the most like first. */
interface Neighbours {
  /** items + 1. */
  offsets: Uint32Array
  targets: Uint32Array
  similarities: Float64Array
}

/**
 * Cosine of the sets of users of two items: shared / (√(users · users) + shrinkage) (Sarwar et al. 2001,
 * "Item-based Collaborative Filtering"; the shrinkage as Koren & Bell 2015 use it). Equal: the item of the
 * lower number. 12 bytes for each neighbour kept; Σ (items of a user)² steps.
 */
function findNeighbours(histories: Histories, kept: number, shrinkage: number): Neighbours {
  const items = histories.itemOffsets.length - 1
  const offsets = new Uint32Array(items + 1)
  const targets = new Uint32Array(items * kept)
  const similarities = new Float64Array(items * kept)
  const { counts, touched, countFor } = countCoOccurrences(histories)
  let end = 0
  for (let item = 0; item < items; item++) {
    const size = countFor(item)
    const users = usersOf(histories, item)
    const top = new TopK(kept)
    let floor = top.floor
    for (let t = 0; t < size; t++) {
      const other = touched[t]!
      const norm = Math.sqrt(users * usersOf(histories, other)) + shrinkage
      const cosine = counts[other]! / norm
      if (cosine < floor || other === item || !top.admits(cosine, other)) continue
      top.keep(cosine, other)
      floor = top.floor
    }
    for (const { place, score } of top.sorted()) {
      targets[end] = place
      similarities[end++] = score
    }
    offsets[item + 1] = end
  }
  return { offsets, targets: targets.slice(0, end), similarities: similarities.slice(0, end) }
}

/** Scores an item by its cosines with those of its nearest neighbours that the user acted on. */
function recommendBy(
  histories: Histories,
  neighbours: Neighbours,
  halfLifeItems: number,
): Recommender {
  const turned = transpose(neighbours.offsets, neighbours.targets, histories.itemOffsets.length - 1)
  const cosines = Float64Array.from(turned.places, (place) => neighbours.similarities[place]!)
  const recency = recencyWeights(halfLifeItems)
  const scoreFor = (user: number, scores: Float64Array): void => {
    scores.fill(Number.NEGATIVE_INFINITY)
    const [from, to] = [histories.offsets[user]!, histories.offsets[user + 1]!]
    for (let e = from; e < to; e++) {
      const seen = histories.targets[e]!
      const weight = recency[to - 1 - e]!
      for (let i = turned.offsets[seen]!; i < turned.offsets[seen + 1]!; i++) {
        const item = turned.rows[i]!
        scores[item] = Math.max(0, scores[item]!) + weight * cosines[i]!
      }
    }
  }
  return { name: 'item-knn', scoreFor }
}

/** Each item has its `neighbours` nearest. An item without users in common has no score. */
export const itemKnnMethod = (
  name = 'item-knn',
  grid: readonly Settings[] = [{ neighbours: 20, shrinkage: 0, halfLifeItems: 0 }],
): Method => ({
  name,
  grid,
  prepare(interactions) {
    const histories = readHistories(interactions)
    return ({ neighbours = 20, shrinkage = 0, halfLifeItems = 0 }) =>
      recommendBy(histories, findNeighbours(histories, neighbours, shrinkage), halfLifeItems)
  },
})

/** Items with the most users in common, `kept` for each item. */
export function similarByUsers(interactions: Interactions, kept: number): ItemSimilarity {
  const { offsets, targets, similarities } = findNeighbours(readHistories(interactions), kept, 0)
  return {
    name: 'item-knn',
    scoreFor(item, scores) {
      scores.fill(Number.NEGATIVE_INFINITY)
      for (let i = offsets[item]!; i < offsets[item + 1]!; i++)
        scores[targets[i]!] = similarities[i]!
    },
  }
}
