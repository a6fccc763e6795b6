import type { OverlapFigures } from '../../contract/space-comparison.ts'
import { type RowMatrix, rowMatrix } from '../../math/dot-rows.ts'
import { placesOfLargest } from '../../math/largest.ts'
import { normOf, rowOf, type SpaceTables, sampleIds } from '../align/space-tables.ts'

type Side = OverlapFigures['side']

/** Nearest ones are looked for among so many items at most, for so many queries. */
const MAX_CANDIDATES = 20_000
const MAX_QUERIES = 500
const DEPTH = 10
const SAMPLE_SEED = 10
/** Pairs of different queries whose nearest ones are compared, for each query. */
const SHIFTS = 5

/** Rows of a matrix by id. */
interface Rows {
  dimensions: number
  placeOf: ReadonlyMap<string, number>
  matrix: Float32Array
  isUnit: boolean
}

const placesOf = (ids: readonly string[]): Map<string, number> =>
  new Map(ids.map((id, place) => [id, place]))

function rowsFor({ dimensions, items, users }: SpaceTables, side: Side) {
  const byItem = placesOf(items.ids)
  const inner = { dimensions, placeOf: byItem, isUnit: side !== 'users' }
  const candidates: Rows = { ...inner, matrix: side === 'in' ? items.in : items.out! }
  const queries: Rows =
    side === 'users' ? { ...inner, placeOf: placesOf(users.ids), matrix: users.in } : candidates
  return { candidates, queries }
}

/** A row as it is compared: at length 1 for cosines. Zeros stay zeros. */
function comparedRow({ dimensions, placeOf, matrix, isUnit }: Rows, id: string): Float32Array {
  const row = rowOf(matrix, placeOf.get(id)!, dimensions)
  const norm = isUnit ? normOf(row) : 1
  return norm > 0 ? row.map((value) => value / norm) : row
}

/** The places among the candidates of each query's nearest ones, itself left out. */
function nearest(
  space: SpaceTables,
  side: Side,
  candidates: readonly string[],
  queries: readonly string[],
  depth: number,
): Uint32Array[] {
  const rows = rowsFor(space, side)
  const numbers = new Float32Array(candidates.length * space.dimensions)
  for (const [at, id] of candidates.entries())
    numbers.set(comparedRow(rows.candidates, id), at * space.dimensions)
  const matrix: RowMatrix = rowMatrix(numbers, space.dimensions)
  const own = side === 'users' ? new Map<string, number>() : placesOf(candidates)
  return queries.map((id) => {
    const scores = Float64Array.from(matrix.scoresOf(comparedRow(rows.queries, id)))
    const self = own.get(id)
    if (self !== undefined) scores[self] = Number.NEGATIVE_INFINITY
    return placesOfLargest(scores, depth)
  })
}

/** The mean share that lists have in common: those of query n, and of query n + shift. */
function meanOverlap(
  a: readonly Uint32Array[],
  b: readonly Uint32Array[],
  depth: number,
  shift = 0,
): number {
  let common = 0
  for (const [n, list] of a.entries()) {
    const other = new Set(b[(n + shift) % b.length]!)
    for (const place of list) if (other.has(place)) common++
  }
  return common / (a.length * depth)
}

/** Ids that all lists have. */
const inAll = (lists: readonly (readonly string[])[]): string[] => {
  const [first = [], ...others] = lists
  const sets = others.map((ids) => new Set(ids))
  return first.filter((id) => sets.every((set) => set.has(id)))
}

/** Items with edges. */
const withEdges = ({ items }: SpaceTables): string[] =>
  items.ids.filter((_, row) => items.degree[row]! > 0)

/** Of some items, those with at least their median degree: the neighbours of others depend on an event or two. */
function wellKnown({ items }: SpaceTables, ids: readonly string[]): string[] {
  const places = placesOf(items.ids)
  const degreeOf = (id: string): number => items.degree[places.get(id)!]!
  const degrees = Float64Array.from(ids, degreeOf).sort()
  const median = degrees[degrees.length >> 1] ?? 0
  return ids.filter((id) => degreeOf(id) >= median)
}

/**
 * Compares the nearest ones in a space with those in a training with another seed and in the served space, all among the
 * same items. Null where there are too few to compare.
 */
export function measureOverlap(
  side: Side,
  fresh: SpaceTables,
  otherSeed: SpaceTables,
  served: SpaceTables | null,
): OverlapFigures | null {
  const spaces = [fresh, otherSeed, ...(served ? [served] : [])]
  const common = inAll(spaces.map(withEdges))
  const candidates = sampleIds(common, MAX_CANDIDATES, SAMPLE_SEED)
  const asked =
    side === 'users' ? inAll(spaces.map(({ users }) => users.ids)) : wellKnown(fresh, candidates)
  const queries = sampleIds(asked, MAX_QUERIES, SAMPLE_SEED)
  const depth = Math.min(DEPTH, Math.floor(candidates.length / 4))
  if (depth === 0 || queries.length < 2) return null
  const listsIn = (space: SpaceTables) => nearest(space, side, candidates, queries, depth)
  const [own, other] = [listsIn(fresh), listsIn(otherSeed)]
  const before = served && listsIn(served)
  const shifts = Math.min(SHIFTS, queries.length - 1)
  const chances = Array.from({ length: shifts }, (_, n) => meanOverlap(own, other, depth, n + 1))
  return {
    ...{ side, queries: queries.length, depth },
    seeds: meanOverlap(own, other, depth),
    chance: chances.reduce((sum, chance) => sum + chance, 0) / shifts,
    served: before && meanOverlap(own, before, depth),
    seedsServed: before && meanOverlap(other, before, depth),
  }
}
