import { type ConfidenceRows, solveFactors } from '../../math/als.ts'
import { seededUniform } from '../../math/random.ts'
import { type Histories, readHistories, transpose, usersOf } from './histories.ts'
import { recommendByProducts } from './inner-products.ts'
import type { Method, Recommender, Settings } from './interactions.ts'

/** Steps of conjugate gradients in half a sweep. */
const STEPS = 3

interface Factors {
  /** users × width and items × width, row-major. */
  users: Float64Array
  items: Float64Array
}

/** Confidences of both sides: `confidence` · an event's weight above 1. */
function confidenceRows(
  histories: Histories,
  confidence: number,
): { users: ConfidenceRows; items: ConfidenceRows } {
  const { offsets, targets, weights } = histories
  const confidences = weights.map((weight) => confidence * weight)
  const turned = transpose(offsets, targets, histories.itemOffsets.length - 1)
  return {
    users: { offsets, targets, confidences },
    items: {
      offsets: turned.offsets,
      targets: turned.rows,
      confidences: Float32Array.from(turned.places, (place) => confidences[place]!),
    },
  }
}

function trainFactors(histories: Histories, settings: Settings): Factors {
  const { factors = 64, sweeps = 8, confidence = 5, l2 = 10, seed = 29 } = settings
  const rows = confidenceRows(histories, confidence)
  const shape = { width: factors, l2, steps: STEPS }
  const uniform = seededUniform(seed)
  const items = new Float64Array((histories.itemOffsets.length - 1) * factors)
  for (let i = 0; i < items.length; i++) items[i] = (uniform() - 0.5) / factors
  const users = new Float64Array((histories.offsets.length - 1) * factors)
  for (let sweep = 0; sweep < sweeps; sweep++) {
    solveFactors(rows.users, items, shape, users)
    solveFactors(rows.items, users, shape, items)
  }
  return { users, items }
}

/** An item without users has no score; a user without items has only zeros, and no list. */
function recommendBy(histories: Histories, { users, items }: Factors): Recommender {
  const count = histories.itemOffsets.length - 1
  const prior = Float64Array.from({ length: count }, (_, item) =>
    usersOf(histories, item) > 0 ? 0 : Number.NEGATIVE_INFINITY,
  )
  const { scoreFor, scoreItems } = recommendByProducts(
    'als',
    Float32Array.from(users),
    Float32Array.from(items),
    prior,
  )
  const isCold = (user: number): boolean => histories.offsets[user] === histories.offsets[user + 1]
  return {
    name: 'als',
    scoreFor(user, scores) {
      if (isCold(user)) scores.fill(Number.NEGATIVE_INFINITY)
      else scoreFor(user, scores)
    },
    scoreItems(user, candidates, scores) {
      if (isCold(user)) scores.fill(Number.NEGATIVE_INFINITY)
      else scoreItems?.(user, candidates, scores)
    },
  }
}

const GRID: readonly Settings[] = [1, 5].map((confidence) => ({
  ...{ factors: 64, sweeps: 8, confidence, l2: 10, seed: 29 },
}))

/**
 * Matrix factorization of implicit feedback, for more items than EASE takes. (users + items) × factors × 8 bytes;
 * each sweep has 16 · factors products for each pair of a user and an item, and 4 · factors² for each of both.
 */
export const alsMethod = (grid = GRID): Method => ({
  name: 'als',
  grid,
  prepare(interactions) {
    const histories = readHistories(interactions)
    return (settings) => recommendBy(histories, trainFactors(histories, settings))
  },
})
