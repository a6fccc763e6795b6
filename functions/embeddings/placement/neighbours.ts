import { finalize, murmur3 } from '../../math/hash.ts'
import { placesOfLargest } from '../../math/largest.ts'
import { transpose } from '../recommend/histories.ts'
import type { Interactions } from '../recommend/interactions.ts'

/** Entities of one side and their different neighbours on the other side, in compressed sparse rows. */
export interface Neighbours {
  /** Ascending by code units. */
  ids: readonly string[]
  /** ids + 1. */
  offsets: Uint32Array
  /** Rows of the neighbours' table, ascending within an entity. */
  rows: Uint32Array
  /** Σ of the weights of all interactions, of neighbours without a vector, too. */
  degree: Float64Array
}

const SEED = 0x9a7e

/** The rows of ids in a table. */
export const rowsById = (ids: readonly string[]): Map<string, number> =>
  new Map(ids.map((id, row) => [id, row]))

/** At most `most` numbers of ids, in their order: a sample by the hash of the id, the same in any company. */
export function sampleNumbers(
  numbers: readonly number[],
  idOf: (number: number) => string,
  most: number,
): number[] {
  if (numbers.length <= most) return [...numbers]
  const chances = Float64Array.from(numbers, (number) => murmur3(idOf(number), SEED))
  return Array.from(placesOfLargest(chances, most).sort(), (place) => numbers[place]!)
}

/**
 * The neighbours of `side` that have a vector: at most `most` an entity, a sample by the
 * hashes of both ids. So an item with a million events costs no more later than one with `most`, and the sample does
 * not depend on the order.
 */
export function collectNeighbours(
  interactions: Interactions,
  side: 'items' | 'users',
  rowOf: ReadonlyMap<string, number>,
  most: number,
): Neighbours {
  const { users, items } = interactions
  const turned = transpose(interactions.offsets, interactions.targets, items.length)
  const [ids, others, from, ends] =
    side === 'items'
      ? [items, users, turned.offsets, turned.rows]
      : [users, items, interactions.offsets, interactions.targets]
  const tableRows = Int32Array.from(others, (id) => rowOf.get(id) ?? -1)
  const hashes = Uint32Array.from(others, (id) => murmur3(id, SEED))
  const offsets = new Uint32Array(ids.length + 1)
  const rows: number[] = []
  const degree = new Float64Array(ids.length)
  for (let entity = 0; entity < ids.length; entity++) {
    for (let e = from[entity]!; e < from[entity + 1]!; e++)
      degree[entity]! += interactions.weights[side === 'items' ? turned.places[e]! : e]!
    const own = murmur3(ids[entity]!, SEED)
    const chance = (other: number): number => finalize(hashes[other]! ^ own)
    const known = [...new Set(ends.subarray(from[entity]!, from[entity + 1]!))]
      .filter((other) => tableRows[other]! >= 0)
      .sort((a, b) => chance(a) - chance(b) || a - b)
      .slice(0, most)
    for (const row of known.map((other) => tableRows[other]!).sort((a, b) => a - b)) rows.push(row)
    offsets[entity + 1] = rows.length
  }
  return { ids, offsets, rows: Uint32Array.from(rows), degree }
}
