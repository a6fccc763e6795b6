import { adamStep, createAdam } from '../../math/adam.ts'
import { finalize, murmur3, unitInterval } from '../../math/hash.ts'
import { seededUniform } from '../../math/random.ts'
import { collectNeighbours, rowsById } from '../placement/neighbours.ts'
import { type SmoothedUsers, smoothUsers } from '../placement/smooth-users.ts'
import type { TrainedSpace } from '../placement/trained-space.ts'
import type { Interactions } from '../recommend/interactions.ts'
import { type FeatureScale, type ItemCase, itemBatch, type UserFeatures } from './item-batch.ts'
import { type ItemNetwork, shapeOf } from './item-network.ts'
import { backward, forward, initialParameters } from './network.ts'

const HIDDEN = 64
const BATCH = 32
const EPOCHS = 30
/** Epochs without a better validation before training ends. */
const PATIENCE = 5
const LEARNING_RATE = 0.003
const L2 = 1e-4
const DROPOUT = 0.2
/** Users of one item in one batch: what it learns to do with a few. */
const USERS = [0, 1, 2, 3, 5, 10]
const JUDGED_USERS = 3
const MAX_USERS = 32
/** Items of an epoch, at most: a minute at 64 dimensions. */
const MAX_ITEMS = 4000
const VALIDATION_SHARE = 0.1

/** Items to learn from, and what is read of them. */
interface Lesson {
  space: TrainedSpace
  features: FeatureScale & { hidden: number }
  /** trained rows with users. */
  items: Uint32Array
  usersOf: (row: number) => Uint32Array
  smoothed: SmoothedUsers
  /** By row of the users' table: the user's number in `smoothed`; −1: none. */
  smoothedRow: Int32Array
  /** By trained row: d + d numbers near 1. */
  targets: Float32Array
}

/** In f32, as an artifact keeps it: a network that was kept gives the same bytes. */
function meanOf(matrix: Float32Array, d: number): Float32Array {
  const mean = new Float64Array(d)
  for (const [at, value] of matrix.entries()) mean[at % d]! += (value * d) / matrix.length
  return Float32Array.from(mean)
}

function openLesson(space: TrainedSpace, interactions: Interactions): Lesson {
  const { dimensions: d, contentDimensions, items, users } = space
  const rowOf = rowsById(items.ids)
  const neighbours = collectNeighbours(interactions, 'items', rowsById(users.ids), MAX_USERS)
  const lists = new Map<number, Uint32Array>()
  for (const [n, id] of neighbours.ids.entries()) {
    const row = rowOf.get(id)
    const list = neighbours.rows.subarray(neighbours.offsets[n]!, neighbours.offsets[n + 1]!)
    if (row !== undefined && list.length > 0) lists.set(row, list)
  }
  const smoothed = smoothUsers(interactions, items, d)
  const numberOf = rowsById(interactions.users)
  const [meanIn, targetIn, targetOut] = [users.in, items.in, items.out!].map((m) => meanOf(m, d))
  let squares = 0
  for (const [at, value] of items.out!.entries()) squares += (value - targetOut![at % d]!) ** 2
  const scale = Math.fround(Math.sqrt(squares / items.out!.length)) || 1
  const targets = new Float32Array(items.ids.length * 2 * d)
  for (let row = 0; row < items.ids.length; row++)
    for (let i = 0; i < d; i++) {
      targets[2 * row * d + i] = (items.in[row * d + i]! - targetIn![i]!) / scale
      targets[(2 * row + 1) * d + i] = (items.out![row * d + i]! - targetOut![i]!) / scale
    }
  return {
    space,
    features: {
      ...{ dimensions: d, contentDimensions, hidden: HIDDEN, scale },
      ...{ meanIn: meanIn!, meanSmoothed: targetOut! },
    },
    items: Uint32Array.from([...lists.keys()].sort((a, b) => a - b)),
    usersOf: (row) => lists.get(row)!,
    smoothed,
    smoothedRow: Int32Array.from(users.ids, (id) => numberOf.get(id) ?? -1),
    targets,
  }
}

/** A trained item as if it were new, with `count` of its users. Their means leave the item itself out. */
function caseOf(lesson: Lesson, row: number, count: number, chance: number): ItemCase {
  const { space, smoothed, smoothedRow, usersOf } = lesson
  const { dimensions: d, contentDimensions, items, users } = space
  const order = (user: number): number => finalize(murmur3(String(user), chance))
  const chosen = [...usersOf(row)].sort((a, b) => order(a) - order(b) || a - b).slice(0, count)
  const others = (user: number): Float64Array | null => {
    const number = smoothedRow[user]!
    const n = number < 0 ? 0 : smoothed.counts[number]!
    if (n < 2) return null
    return Float64Array.from({ length: d }, (_, i) => {
      const sum = n * smoothed.means[number * d + i]! - items.out![row * d + i]!
      return sum / (n - 1)
    })
  }
  const from = row * contentDimensions
  return {
    content: items.content?.subarray(from, from + contentDimensions) ?? null,
    users: chosen.map(
      (user): UserFeatures => ({
        ...{ in: users.in, inAt: user * d, smoothed: others(user), smoothedAt: 0 },
      }),
    ),
  }
}

/** Mean squared error of outputs, and its gradient. */
function squaredLoss(lesson: Lesson, rows: readonly number[], outputs: Float32Array) {
  const width = 2 * lesson.features.dimensions
  const gradient = new Float32Array(outputs.length)
  let loss = 0
  for (const [n, row] of rows.entries())
    for (let i = 0; i < width; i++) {
      const error = outputs[n * width + i]! - lesson.targets[row * width + i]!
      loss += (error * error) / outputs.length
      gradient[n * width + i] = (2 * error) / rows.length / width
    }
  return { loss, gradient }
}

/** A seeded order of some rows: a sample where there are too many. */
function shuffled(rows: readonly number[], seed: number): number[] {
  const chance = new Map(rows.map((row) => [row, finalize(Math.imul(row, 0x9e3779b1) ^ seed)]))
  return [...rows].sort((a, b) => chance.get(a)! - chance.get(b)! || a - b).slice(0, MAX_ITEMS)
}

/**
 * Trains GraphSAGE on a space: to give an item's two vectors from its content and a few of its users (Hamilton et
 * al. 2017, sampled neighbourhoods), with Adam on the mean squared error. A tenth of the items, by the hash of their
 * ids, says when to stop. The same space, interactions and seed give the same network. Null: no item has users.
 */
export function trainNetwork(
  space: TrainedSpace,
  interactions: Interactions,
  seed: number,
): ItemNetwork | null {
  const lesson = openLesson(space, interactions)
  const { features } = lesson
  const isJudged = (row: number): boolean =>
    unitInterval(space.items.ids[row]!, seed) < VALIDATION_SHARE
  const training = [...lesson.items].filter((row) => !isJudged(row))
  const judged = shuffled([...lesson.items].filter(isJudged), seed)
  if (training.length === 0) return null
  const shape = shapeOf(features)
  const uniform = seededUniform(seed)
  const parameters = initialParameters(shape, uniform)
  const adam = createAdam(parameters.length)
  const judgedCases = judged.map((row) => caseOf(lesson, row, JUDGED_USERS, seed))
  const judgedBatch = itemBatch(judgedCases, features)
  let best = { loss: Number.POSITIVE_INFINITY, epoch: 0, parameters: parameters.slice() }
  for (let epoch = 0; epoch < EPOCHS && epoch - best.epoch <= PATIENCE; epoch++) {
    const order = shuffled(training, finalize(seed + epoch))
    for (let from = 0; from < order.length; from += BATCH) {
      const rows = order.slice(from, from + BATCH)
      const cases = rows.map((row) =>
        caseOf(lesson, row, USERS[Math.floor(uniform() * USERS.length)]!, seed + epoch),
      )
      const batch = itemBatch(cases, features)
      const pass = forward(parameters, shape, batch, { chance: DROPOUT, uniform })
      const { gradient } = squaredLoss(lesson, rows, pass.outputs)
      const gradients = backward(parameters, shape, batch, pass, gradient)
      adamStep(adam, parameters, gradients, LEARNING_RATE, L2)
    }
    const { loss } = squaredLoss(
      lesson,
      judged,
      forward(parameters, shape, judgedBatch, null).outputs,
    )
    // Without items to judge on, the last epoch stands.
    if (loss < best.loss || judged.length === 0)
      best = { loss, epoch, parameters: parameters.slice() }
  }
  const d = space.dimensions
  return {
    ...features,
    parameters: best.parameters,
    targetIn: meanOf(space.items.in, d),
    targetOut: meanOf(space.items.out!, d),
  }
}
