import type { VectorTable } from '../../contract/space.ts'
import type { Interactions } from '../recommend/interactions.ts'
import { rowsById } from './neighbours.ts'

/** By user of some interactions: the mean `out` of the different items that have one. */
export interface SmoothedUsers {
  /** users × dimensions, in the order of the interactions. Zeros: no item of the user has a vector. */
  means: Float32Array
  /** users: how many items. */
  counts: Uint32Array
}

/** One hop of smoothing, without training: a user becomes the mean of the user's items. */
export function smoothUsers(
  { users, items, offsets, targets }: Interactions,
  { ids, out }: Pick<VectorTable, 'ids' | 'out'>,
  dimensions: number,
): SmoothedUsers {
  const rowOf = rowsById(ids)
  const rows = Int32Array.from(items, (id) => rowOf.get(id) ?? -1)
  const means = new Float32Array(users.length * dimensions)
  const counts = new Uint32Array(users.length)
  for (let user = 0; user < users.length; user++) {
    const own = new Set<number>()
    for (let e = offsets[user]!; e < offsets[user + 1]!; e++) own.add(rows[targets[e]!]!)
    own.delete(-1)
    const sums = new Float64Array(dimensions)
    for (const row of [...own].sort((a, b) => a - b))
      for (let i = 0; i < dimensions; i++) sums[i]! += out![row * dimensions + i]!
    counts[user] = own.size
    if (own.size > 0)
      means.set(
        sums.map((sum) => sum / own.size),
        user * dimensions,
      )
  }
  return { means, counts }
}

/** The same for a table of users, n × dimensions: the `out` that placement by smoothing reads. */
export function smoothedOut(
  interactions: Interactions,
  { items, users, dimensions }: { items: VectorTable; users: VectorTable; dimensions: number },
): Float32Array {
  const { means } = smoothUsers(interactions, items, dimensions)
  const rowOf = rowsById(users.ids)
  const out = new Float32Array(users.ids.length * dimensions)
  for (const [user, id] of interactions.users.entries()) {
    const row = rowOf.get(id)
    if (row !== undefined)
      out.set(means.subarray(user * dimensions, (user + 1) * dimensions), row * dimensions)
  }
  return out
}
