import { easeWeights } from '../../math/ease.ts'
import { placesOfLargest } from '../../math/largest.ts'
import { countCoOccurrences } from './co-occurrences.ts'
import { type Histories, readHistories, usersOf } from './histories.ts'
import type { Interactions, ItemSimilarity, Method, Recommender, Settings } from './interactions.ts'
import { recencyWeights } from './recency.ts'

/**
 * EASE takes the items with the most users, at most so many. Fitting needs n² × 16 bytes (400 MB at 5,000 items)
 * and n³ / 2 products for each l2 (62 · 10⁹). Other items get no score.
 */
export const MAX_EASE_ITEMS = 5000

/** The items that EASE takes, ascending, and the place of each; −1: it has none. */
interface Head {
  items: Uint32Array
  placeOf: Int32Array
}

function takeHead(histories: Histories, maxItems: number): Head {
  const count = histories.itemOffsets.length - 1
  const users = Float64Array.from(
    { length: count },
    (_, item) => usersOf(histories, item) || Number.NEGATIVE_INFINITY,
  )
  const items = placesOfLargest(users, Math.min(maxItems, count)).slice().sort()
  const placeOf = new Int32Array(count).fill(-1)
  for (const [place, item] of items.entries()) placeOf[item] = place
  return { items, placeOf }
}

/** XᵀX of the head: how many users two items share. */
function gramOf(histories: Histories, { items, placeOf }: Head): Float64Array {
  const n = items.length
  const gram = new Float64Array(n * n)
  const { counts, touched, countFor } = countCoOccurrences(histories)
  for (const [row, item] of items.entries()) {
    const size = countFor(item)
    for (let t = 0; t < size; t++) {
      const column = placeOf[touched[t]!]!
      if (column >= 0) gram[row * n + column] = counts[touched[t]!]!
    }
  }
  return gram
}

/** Adds up the rows of a user's items, each by its recency. */
function recommendBy(
  { offsets, targets }: Histories,
  { items, placeOf }: Head,
  weights: Float64Array,
  halfLifeItems: number,
): Recommender {
  const n = items.length
  const recency = recencyWeights(halfLifeItems)
  const sums = new Float64Array(n)
  const scoreFor = (user: number, scores: Float64Array): void => {
    scores.fill(Number.NEGATIVE_INFINITY)
    sums.fill(0)
    let seen = 0
    const [from, to] = [offsets[user]!, offsets[user + 1]!]
    for (let e = from; e < to; e++) {
      const row = placeOf[targets[e]!]! * n
      if (row < 0) continue
      const weight = recency[to - 1 - e]!
      for (let place = 0; place < n; place++) sums[place]! += weight * weights[row + place]!
      seen++
    }
    if (seen > 0) for (let place = 0; place < n; place++) scores[items[place]!] = sums[place]!
  }
  return { name: 'ease', scoreFor }
}

const GRID: readonly Settings[] = [50, 200, 800].flatMap((l2) =>
  [0, 100, 25].map((halfLifeItems) => ({ l2, halfLifeItems })),
)

/** Fits once for each l2 in a row, so a grid is ordered by l2. */
export const easeMethod = (grid = GRID, maxItems = MAX_EASE_ITEMS): Method => ({
  name: 'ease',
  grid,
  prepare(interactions) {
    const histories = readHistories(interactions)
    const head = takeHead(histories, maxItems)
    const gram = gramOf(histories, head)
    const weights = new Float64Array(gram.length)
    let fitted = 0
    return ({ l2 = 200, halfLifeItems = 0 }) => {
      if (fitted !== l2) {
        weights.set(gram)
        easeWeights(weights, head.items.length, l2)
        fitted = l2
      }
      return recommendBy(histories, head, weights, halfLifeItems)
    }
  },
})

/** What one seen item adds to the score of each other in EASE: a row of its weights. */
export function similarByEase(
  interactions: Interactions,
  l2: number,
  maxItems = MAX_EASE_ITEMS,
): ItemSimilarity {
  const histories = readHistories(interactions)
  const { items, placeOf } = takeHead(histories, maxItems)
  const n = items.length
  const weights = gramOf(histories, { items, placeOf })
  easeWeights(weights, n, l2)
  return {
    name: 'ease',
    scoreFor(item, scores) {
      scores.fill(Number.NEGATIVE_INFINITY)
      const row = placeOf[item]! * n
      if (row < 0) return
      for (let place = 0; place < n; place++) {
        const weight = weights[row + place]!
        if (weight > 0) scores[items[place]!] = weight
      }
    },
  }
}
