import { covarianceOf, precisionOf, voteModel } from '../../math/linear-gaussian.ts'
import { addRow, emptySums, predictRidge, solveRidge } from '../../math/ridge.ts'
import { type Neighbours, sampleNumbers } from './neighbours.ts'
import { type PlacementModel, placementModelOf, placementNumbers } from './placement-model.ts'

/**
 * Trained neighbours have seen each other, so their votes are closer than those of new ones will be. Their noise
 * counts this often.
 */
const NOISE = 2
/** Entities whose neighbours are learned from, at most: half a minute at 256 dimensions. */
const MAX_ENTITIES = 10_000
/** Keeps the map finite where vectors have no spread. */
const MAP_PENALTY = 1e-3

/** What content says of trained vectors: predictions, out of fold, k × d. */
export interface ContentErrors {
  predictions: Float32Array
  /** The prediction of a trained row; −1: it has no content. */
  numberOf(row: number): number
  /** d. */
  intercept: ArrayLike<number>
}

/** Trained vectors, and the votes of their neighbours. */
export interface PlacementData {
  dimensions: number
  /** n × d. Rows with a degree of 0 are left out. */
  trained: Float32Array
  degree: Float64Array
  /** Writes what a neighbour says about a trained row (d numbers). */
  vote(row: number, neighbour: number, into: Float64Array): void
  neighbours: Neighbours
  /** The trained row of an entity of `neighbours`; −1: it has none. */
  rowOf(entity: number): number
  content: ContentErrors | null
}

/** Learns from trained vectors and their neighbours. Without pairs of the two, votes say nothing. */
export function fitPlacement(data: PlacementData): PlacementModel {
  const { dimensions: d, trained, degree, content } = data
  const model = placementModelOf(new Float32Array(placementNumbers(d)), d)
  const rows: number[] = []
  for (const [row, value] of degree.entries()) if (value > 0) rows.push(row)
  const sums = new Float64Array(d)
  for (const row of rows) for (let i = 0; i < d; i++) sums[i]! += trained[row * d + i]!
  model.mean.set(sums.map((sum) => sum / Math.max(1, rows.length)))
  const deviation = (row: number, into: Float64Array): void => {
    for (let i = 0; i < d; i++) into[i] = trained[row * d + i]! - model.mean[i]!
  }
  const spread = covarianceOf(rows.length, d, (n, into) => deviation(rows[n]!, into))
  model.plainPrior.set(precisionOf(spread, d, rows.length))
  if (content) fitPrior(model, trained, rows, content)
  else model.contentPrior.set(model.plainPrior)
  fitVotes(model, data, deviation)
  return model
}

function fitPrior(
  model: PlacementModel,
  trained: Float32Array,
  rows: readonly number[],
  content: ContentErrors,
): void {
  const { dimensions: d } = model
  const withContent = rows.filter((row) => content.numberOf(row) >= 0)
  const errors = covarianceOf(withContent.length, d, (n, into) => {
    const [row, from] = [withContent[n]! * d, content.numberOf(withContent[n]!) * d]
    for (let i = 0; i < d; i++) into[i] = trained[row + i]! - content.predictions[from + i]!
  })
  model.contentPrior.set(precisionOf(errors, d, withContent.length))
  model.intercept.set(content.intercept)
}

/** Trained rows and their neighbours' rows, one pair an edge. */
function pairsOf({ neighbours, rowOf, degree }: PlacementData): [row: number, neighbour: number][] {
  const { ids, offsets, rows } = neighbours
  const known = Array.from(ids.keys()).filter((entity) => degree[rowOf(entity)]! > 0)
  const pairs: [number, number][] = []
  for (const entity of sampleNumbers(known, (n) => ids[n]!, MAX_ENTITIES))
    for (let e = offsets[entity]!; e < offsets[entity + 1]!; e++)
      pairs.push([rowOf(entity), rows[e]!])
  return pairs
}

function fitVotes(
  model: PlacementModel,
  data: PlacementData,
  deviation: (row: number, into: Float64Array) => void,
): void {
  const { dimensions: d } = model
  const pairs = pairsOf(data)
  if (pairs.length === 0) return
  const sums = emptySums(d, d)
  const y = new Float64Array(d)
  const vote = new Float64Array(d)
  for (const [row, neighbour] of pairs) {
    deviation(row, y)
    data.vote(row, neighbour, vote)
    addRow(sums, y, vote)
  }
  const map = solveRidge(sums, MAP_PENALTY)
  const expected = new Float64Array(d)
  const noise = covarianceOf(pairs.length, d, (n, into) => {
    const [row, neighbour] = pairs[n]!
    deviation(row, y)
    data.vote(row, neighbour, vote)
    predictRidge(map, y, 0, d, expected, 0)
    for (let i = 0; i < d; i++) into[i] = vote[i]! - expected[i]!
  })
  const { gain, precision } = voteModel(map.weights, noise, d, pairs.length)
  model.voteMean.set(map.intercept)
  model.gain.set(gain.map((value) => value / NOISE))
  model.precision.set(precision.map((value) => value / NOISE))
}
