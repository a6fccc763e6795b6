import type { TimeCell } from './time-cells.ts'

/** In a list of many users each meets this many that follow. So a crowd costs O(users), not their square. */
const MAX_NEIGHBOURS = 16
/** How often two users must share a further item. Fewer times leave most pairs to chance. */
const MIN_SHARED = 2
const MIN_GANG = 3

/**
 * What pairs of users share in a cell beyond a first item. One item is no lockstep: a link that somebody
 * sends to a class, or an item that goes viral, brings many to it at once.
 */
function sharedInCell({ usersOf }: TimeCell, users: number): Map<number, number> {
  const shared = new Map<number, number>()
  for (const list of usersOf.values())
    for (let n = 0; n < list.length; n++)
      for (let m = n + 1; m < Math.min(list.length, n + 1 + MAX_NEIGHBOURS); m++) {
        const pair = list[n]! * users + list[m]!
        shared.set(pair, (shared.get(pair) ?? 0) + 1)
      }
  return shared
}

/** The first of a user's group (union–find with path halving). */
function rootOf(parents: Uint32Array, user: number): number {
  let root = user
  while (parents[root] !== root) {
    parents[root] = parents[parents[root]!]!
    root = parents[root]!
  }
  return root
}

/** Groups of users that are connected by pairs which click the same items in the same minutes. */
export function findGangs(cells: readonly TimeCell[], users: number): number[][] {
  const further = new Map<number, number>()
  for (const cell of cells)
    for (const [pair, count] of sharedInCell(cell, users))
      if (count > 1) further.set(pair, (further.get(pair) ?? 0) + count - 1)
  const parents = Uint32Array.from({ length: users }, (_, user) => user)
  for (const [pair, count] of further) {
    if (count < MIN_SHARED) continue
    const [a, b] = [rootOf(parents, Math.floor(pair / users)), rootOf(parents, pair % users)]
    parents[Math.max(a, b)] = Math.min(a, b)
  }
  const gangs = new Map<number, number[]>()
  for (let user = 0; user < users; user++) {
    const root = rootOf(parents, user)
    const gang = gangs.get(root)
    if (gang) gang.push(user)
    else gangs.set(root, [user])
  }
  return [...gangs.values()].filter(({ length }) => length >= MIN_GANG)
}
