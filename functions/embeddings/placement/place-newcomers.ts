import type { VectorTable } from '../../contract/space.ts'
import { InvalidInput } from '../../core/errors.ts'
import type { Interactions } from '../recommend/interactions.ts'
import { runNetwork } from '../sage/item-network.ts'
import { type PlacementModels, predictByContent } from './learn-placement.ts'
import { collectNeighbours, type Neighbours } from './neighbours.ts'
import { placeVectors } from './place-vectors.ts'
import type { PlacementModel } from './placement-model.ts'
import { addVoters, type PlacedRows, placedTable, type Voters, votersOf } from './voters.ts'

/** What newcomers are placed with. */
export interface PlacementInput {
  dimensions: number
  contentDimensions: number
  /**
   * Trained vectors: all, or those of the newcomers' neighbours. What is here is no newcomer and stays as it is.
   * Users have an `out` where the models' way is not `first-users`.
   */
  items: VectorTable
  users: VectorTable
  /** Events of newcomers, and no others: all since the space's data ended. */
  interactions: Interactions
  /** Content vectors of new items, with or without events (contentDimensions numbers). */
  content: ReadonlyMap<string, Float32Array>
}

export interface Placed {
  items: VectorTable
  users: VectorTable
  /** Ids, ascending: no neighbour of theirs has a vector, and they have no content. */
  unplaced: { items: string[]; users: string[] }
}

/** A new item: rows of its users that have vectors, and its content. At least one of the two. */
interface NewItem {
  votes: Uint32Array
  content: Float32Array | undefined
}

/** Votes of one newcomer. More would cost time and change little. */
const MAX_VOTES = 64
/** Newcomers may have only newcomers as neighbours: then they are placed in a later round. */
const ROUNDS = 2

const votesOf = ({ offsets, rows }: Neighbours, n: number): Uint32Array =>
  rows.subarray(offsets[n]!, offsets[n + 1]!)

/** The mean of some rows of a matrix. */
function meanRow(matrix: Float32Array, rows: Uint32Array, d: number): Float64Array {
  const mean = new Float64Array(d)
  for (const row of rows) for (let i = 0; i < d; i++) mean[i]! += matrix[row * d + i]! / rows.length
  return mean
}

/** Places those of `ids` that have neighbours with vectors. Some ways need the mean of their items' `out`, too. */
function placeUsers(
  { user: model, way }: PlacementModels,
  { dimensions: d, interactions }: PlacementInput,
  items: Voters,
  ids: ReadonlySet<string>,
): PlacedRows {
  const neighbours = collectNeighbours(interactions, 'users', items.rowOf, MAX_VOTES)
  const numbers = neighbours.ids.flatMap((id, n) =>
    ids.has(id) && votesOf(neighbours, n).length > 0 ? [n] : [],
  )
  const newcomers = numbers.map((n) => ({ votes: votesOf(neighbours, n), prediction: null }))
  const smoothed = new Float32Array(way === 'first-users' ? 0 : numbers.length * d)
  if (smoothed.length > 0)
    for (const [row, { votes }] of newcomers.entries())
      smoothed.set(meanRow(items.out, votes, d), row * d)
  return {
    ids: numbers.map((n) => neighbours.ids[n]!),
    in: placeVectors(model, items.in, newcomers),
    out: smoothed,
    degree: numbers.map((n) => neighbours.degree[n]!),
  }
}

/** The two vectors of new items, in their order. */
function itemVectors(
  models: PlacementModels,
  { dimensions: d }: PlacementInput,
  users: Voters,
  items: readonly NewItem[],
) {
  if (models.network)
    return runNetwork(
      models.network,
      items.map(({ votes, content }) => ({
        content: content ?? null,
        users: Array.from(votes, (row) => ({
          ...{ in: users.in, inAt: row * d, smoothed: users.out, smoothedAt: row * d },
        })),
      })),
    )
  const place = (weights: Float32Array | null, model: PlacementModel): Float32Array =>
    placeVectors(
      model,
      models.way === 'smoothing' ? users.out : users.in,
      items.map(({ votes, content }) => ({
        votes,
        prediction: weights && content ? predictByContent(weights, model, content) : null,
      })),
    )
  return {
    in: place(models.contentIn, models.itemIn),
    out: place(models.contentOut, models.itemOut),
  }
}

function placeItems(
  models: PlacementModels,
  input: PlacementInput,
  users: Voters,
  ids: ReadonlySet<string>,
): PlacedRows {
  const { interactions, content } = input
  const neighbours = collectNeighbours(interactions, 'items', users.rowOf, MAX_VOTES)
  const numberOf = new Map(neighbours.ids.map((id, n) => [id, n]))
  const placeable = [...ids].flatMap((id) => {
    const n = numberOf.get(id)
    const votes = n === undefined ? new Uint32Array(0) : votesOf(neighbours, n)
    const own = models.contentIn ? content.get(id) : undefined
    if (votes.length === 0 && !own) return []
    return [{ id, votes, content: own, degree: n === undefined ? 0 : neighbours.degree[n]! }]
  })
  return {
    ids: placeable.map(({ id }) => id),
    ...itemVectors(models, input, users, placeable),
    degree: placeable.map(({ degree }) => degree),
  }
}

/** Content rows of the table's items; null where no new item has content. */
function contentRows(
  ids: readonly string[],
  { content, contentDimensions }: PlacementInput,
): Float32Array | null {
  if (content.size === 0) return null
  const rows = new Float32Array(ids.length * contentDimensions)
  for (const [n, id] of ids.entries()) rows.set(content.get(id) ?? [], n * contentDimensions)
  return rows
}

/**
 * Places new items by their first users and their content, and new users by their first items, without training.
 * Users first, by trained items; then items, by trained and placed users; then what had only newcomers as
 * neighbours. Vectors of the trained stay as they are. The same input in any order gives the same tables. Throws
 * InvalidInput where the models need an `out` of the users and they have none.
 */
export function placeNewcomers(models: PlacementModels, input: PlacementInput): Placed {
  const { dimensions, interactions, content } = input
  if (models.way !== 'first-users' && input.users.ids.length > 0 && !input.users.out)
    throw new InvalidInput(
      `got users without the mean "out" of their items, expected one for placement by ${models.way}; nothing was placed`,
    )
  const [items, users] = [votersOf(input.items), votersOf(input.users)]
  const isNewItem = (id: string): boolean => !items.rowOf.has(id)
  const left = {
    users: new Set(interactions.users.filter((id) => !users.rowOf.has(id))),
    items: new Set([...interactions.items, ...content.keys()].filter(isNewItem).sort()),
  }
  for (let round = 0; round < ROUNDS; round++) {
    const newUsers = placeUsers(models, input, items, left.users)
    addVoters(users, newUsers)
    for (const id of newUsers.ids) left.users.delete(id)
    const newItems = placeItems(models, input, users, left.items)
    addVoters(items, newItems)
    for (const id of newItems.ids) left.items.delete(id)
  }
  const table = placedTable(items, dimensions)
  return {
    items: { ...table, content: contentRows(table.ids, input) },
    users: placedTable(users, dimensions),
    unplaced: { items: [...left.items].sort(), users: [...left.users].sort() },
  }
}
