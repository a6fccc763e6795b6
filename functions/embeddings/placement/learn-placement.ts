import { crossFit } from '../../math/cross-fit.ts'
import { unitInterval } from '../../math/hash.ts'
import { predictRidge } from '../../math/ridge.ts'
import type { Interactions } from '../recommend/interactions.ts'
import type { ItemNetwork } from '../sage/item-network.ts'
import { trainNetwork } from '../sage/train-network.ts'
import { type ContentErrors, fitPlacement } from './fit-placement.ts'
import { collectNeighbours, rowsById, sampleNumbers } from './neighbours.ts'
import type { PlacementModel } from './placement-model.ts'
import { smoothUsers } from './smooth-users.ts'
import type { TrainedSpace } from './trained-space.ts'

/**
 * What votes for a new item's vectors: its users' `in`, or the mean `out` of its users' items, which is one hop
 * further (`smoothUsers`; the users' table then has it as its `out`). `graphsage`: a trained network instead.
 */
export type PlacementWay = 'first-users' | 'smoothing' | 'graphsage'

/** What places what no walk has met. */
export interface PlacementModels {
  way: PlacementWay
  /** contentDimensions × dimensions: an item's content to its vectors. Null: too few items have content. */
  contentIn: Float32Array | null
  contentOut: Float32Array | null
  /** A new item's two vectors from its users and its content; a new user's from its items. */
  itemIn: PlacementModel
  itemOut: PlacementModel
  user: PlacementModel
  /** Of `graphsage` alone. */
  network: ItemNetwork | null
  /** How much of the spread of items' vectors content predicts, out of fold (R²). Null: no content. */
  explainedByContent: number | null
}

const FOLDS = 5
const FOLD_SEED = 5
/** With fewer items, content predicts nothing. */
const MIN_ITEMS = 4 * FOLDS
/** Items that content is learned from, at most. */
const MAX_ITEMS = 50_000
/** Neighbours of one entity that are learned from: a popular item counts no more than others. */
const MAX_VOTES = 10

const hasNumber = (matrix: Float32Array, row: number, columns: number): boolean => {
  for (let at = row * columns; at < (row + 1) * columns; at++) if (matrix[at] !== 0) return true
  return false
}

interface ContentModel {
  in: ContentErrors & { weights: Float32Array }
  out: ContentErrors & { weights: Float32Array }
  explained: number
}

/** Columns `from` to `to` of a matrix of `width` columns. */
function columnsOf(matrix: ArrayLike<number>, width: number, from: number, to: number) {
  const part = new Float32Array((matrix.length / width) * (to - from))
  for (let at = 0; at < part.length; at++) {
    const row = Math.floor(at / (to - from))
    part[at] = matrix[row * width + from + (at % (to - from))]!
  }
  return part
}

/** Ridge regression of items' two vectors, side by side, on their content. Folds are by the hash of the id. */
function fitContent({
  dimensions: d,
  contentDimensions,
  items,
}: TrainedSpace): ContentModel | null {
  const { content, ids, degree } = items
  if (!content) return null
  const isUsed = (row: number): boolean =>
    degree[row]! > 0 && hasNumber(content, row, contentDimensions)
  const all = Array.from(ids.keys()).filter(isUsed)
  const used = sampleNumbers(all, (row) => ids[row]!, MAX_ITEMS)
  if (used.length < MIN_ITEMS) return null
  const x = new Float32Array(used.length * contentDimensions)
  const y = new Float32Array(used.length * 2 * d)
  for (const [n, row] of used.entries()) {
    const from = row * contentDimensions
    x.set(content.subarray(from, from + contentDimensions), n * contentDimensions)
    y.set(items.in.subarray(row * d, (row + 1) * d), 2 * n * d)
    y.set(items.out!.subarray(row * d, (row + 1) * d), (2 * n + 1) * d)
  }
  const foldOf = (n: number): number => Math.floor(FOLDS * unitInterval(ids[used[n]!]!, FOLD_SEED))
  const rows = { rows: used.length, inputs: contentDimensions, outputs: 2 * d, x, y }
  const { model, predictions, explained } = crossFit(rows, FOLDS, foldOf)
  const numberOf = new Map(used.map((row, n) => [row, n]))
  const side = (from: number): ContentModel['in'] => ({
    predictions: columnsOf(predictions, 2 * d, from, from + d),
    numberOf: (row) => numberOf.get(row) ?? -1,
    intercept: model.intercept.subarray(from, from + d),
    weights: columnsOf(model.weights, 2 * d, from, from + d),
  })
  return { in: side(0), out: side(d), explained }
}

type Vote = (row: number, neighbour: number, into: Float64Array) => void

/** A neighbour's row of a matrix, whatever the trained row. */
const rowVote =
  (matrix: Float32Array, d: number): Vote =>
  (_, neighbour, into) =>
    into.set(matrix.subarray(neighbour * d, (neighbour + 1) * d))

/** The mean `out` of a user's other items: a new item will not be among them. */
function smoothedVote(
  { dimensions: d, items, users }: TrainedSpace,
  interactions: Interactions,
): Vote {
  const { means, counts } = smoothUsers(interactions, items, d)
  const mean = new Float64Array(d)
  for (const [at, value] of items.out!.entries()) mean[at % d]! += (value * d) / items.out!.length
  const numberOf = rowsById(interactions.users)
  const numbers = users.ids.map((id) => numberOf.get(id) ?? -1)
  return (row, neighbour, into) => {
    const user = numbers[neighbour]!
    const count = user < 0 ? 0 : counts[user]!
    for (let i = 0; i < d; i++)
      into[i] =
        count > 1
          ? (count * means[user * d + i]! - items.out![row * d + i]!) / (count - 1)
          : mean[i]!
  }
}

/**
 * Learns how to place new items and users. The same space, interactions and seed give the same models. The seed is of
 * `graphsage` alone.
 */
export function learnPlacement(
  space: TrainedSpace,
  interactions: Interactions,
  way: PlacementWay = 'first-users',
  seed = 0,
): PlacementModels {
  const { dimensions, items, users } = space
  const [itemRows, userRows] = [rowsById(items.ids), rowsById(users.ids)]
  const ofItems = collectNeighbours(interactions, 'items', userRows, MAX_VOTES)
  const ofUsers = collectNeighbours(interactions, 'users', itemRows, MAX_VOTES)
  const content = fitContent(space)
  const vote =
    way === 'smoothing' ? smoothedVote(space, interactions) : rowVote(users.in, dimensions)
  const fitItems = (vectors: Float32Array, own: ContentErrors | null): PlacementModel =>
    fitPlacement({
      ...{ dimensions, trained: vectors, degree: items.degree, vote },
      ...{ neighbours: ofItems, rowOf: (n) => itemRows.get(ofItems.ids[n]!) ?? -1, content: own },
    })
  return {
    way,
    contentIn: content?.in.weights ?? null,
    contentOut: content?.out.weights ?? null,
    itemIn: fitItems(items.in, content?.in ?? null),
    itemOut: fitItems(items.out!, content?.out ?? null),
    user: fitPlacement({
      ...{
        dimensions,
        trained: users.in,
        degree: users.degree,
        vote: rowVote(items.in, dimensions),
      },
      ...{ neighbours: ofUsers, rowOf: (n) => userRows.get(ofUsers.ids[n]!) ?? -1, content: null },
    }),
    network: way === 'graphsage' ? trainNetwork(space, interactions, seed) : null,
    explainedByContent: content?.explained ?? null,
  }
}

/** What content alone says: d numbers. */
export function predictByContent(
  weights: Float32Array,
  { dimensions, intercept }: PlacementModel,
  content: Float32Array,
): Float64Array {
  const prediction = new Float64Array(dimensions)
  predictRidge({ weights, intercept }, content, 0, content.length, prediction, 0)
  return prediction
}
