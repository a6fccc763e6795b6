import { HOUR_MS, MINUTE_MS } from '../contract/time.ts'
import type { ScreenedEvents } from './events.ts'
import { groupPlaces } from './group-places.ts'

const CELL_MS = 10 * MINUTE_MS

/** Clicks of a few minutes: who clicked which items. */
export interface TimeCell {
  fromMs: number
  /** Different users of an item, ascending. */
  usersOf: ReadonlyMap<number, readonly number[]>
}

/** One voice a user, item and cell, in order of time, as a list of cells. O(events × log events in a cell). */
export function timeCellsOf(events: ScreenedEvents): TimeCell[] {
  const cells: TimeCell[] = []
  let usersOf = new Map<number, number[]>()
  let fromMs = Number.NEGATIVE_INFINITY
  const close = (): void => {
    if (usersOf.size === 0) return
    for (const [item, users] of usersOf)
      if (users.length > 1)
        usersOf.set(
          item,
          [...new Set(users)].sort((a, b) => a - b),
        )
    cells.push({ fromMs, usersOf })
  }
  for (let place = 0; place < events.length; place++) {
    if (events.outcome[place]! < 0) continue
    const cellMs = Math.floor(events.timeMs[place]! / CELL_MS) * CELL_MS
    if (cellMs !== fromMs) {
      close()
      fromMs = cellMs
      usersOf = new Map()
    }
    const users = usersOf.get(events.item[place]!)
    if (users) users.push(events.user[place]!)
    else usersOf.set(events.item[place]!, [events.user[place]!])
  }
  close()
  return cells
}

/** The cells within an hour before or after a moment count for the popularity at that moment. */
const AROUND_MS = HOUR_MS

/** Where the voices of each user and item are. */
export interface Voices {
  cells: readonly TimeCell[]
  /** The cells in which some users click, ascending. */
  cellsOf(users: readonly number[]): number[]
  /** The cells around a cell: from the first up to the next one. */
  around(cell: number): { first: number; next: number }
  /** Voices in the cells from the first up to the next one: of all items, or of one. */
  countAll(first: number, next: number): number
  countOf(item: number, first: number, next: number): number
}

/** The first place from `from` up to `end` whose value is not below another. The values ascend. */
function lowerBound(values: Uint32Array, from: number, end: number, least: number): number {
  let [low, high] = [from, end]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < least) low = middle + 1
    else high = middle
  }
  return low
}

/** Sums before each place: the sum from a up to b is sums[b] − sums[a]. */
function cumulate(counts: readonly number[]): Float64Array {
  const sums = new Float64Array(counts.length + 1)
  for (let at = 0; at < counts.length; at++) sums[at + 1] = sums[at]! + counts[at]!
  return sums
}

/** Indexes the voices of cells. O(voices). */
export function indexVoices(cells: readonly TimeCell[], users: number, items: number): Voices {
  const [userOf, cellOfUser]: [number[], number[]] = [[], []]
  const [itemOf, cellOfItem, counts]: [number[], number[], number[]] = [[], [], []]
  const sizes = cells.map(({ usersOf }, cell) => {
    let size = 0
    for (const [item, own] of usersOf) {
      itemOf.push(item)
      cellOfItem.push(cell)
      counts.push(own.length)
      for (const user of own) {
        userOf.push(user)
        cellOfUser.push(cell)
      }
      size += own.length
    }
    return size
  })
  const before = cumulate(sizes)
  const byUser = groupPlaces(userOf, users)
  const byItem = groupPlaces(itemOf, items)
  const itemCells = byItem.places.map((place) => cellOfItem[place]!)
  const itemSums = cumulate(Array.from(byItem.places, (place) => counts[place]!))
  const times = cells.map(({ fromMs }) => fromMs)
  return {
    cells,
    cellsOf: (some) => {
      const found = new Set<number>()
      for (const user of some)
        for (let at = byUser.starts[user]!; at < byUser.starts[user + 1]!; at++)
          found.add(cellOfUser[byUser.places[at]!]!)
      return [...found].sort((a, b) => a - b)
    },
    around(cell) {
      let [first, next] = [cell, cell + 1]
      while (first > 0 && times[first - 1]! >= times[cell]! - AROUND_MS) first--
      while (next < times.length && times[next]! <= times[cell]! + AROUND_MS) next++
      return { first, next }
    },
    countAll: (first, next) => before[next]! - before[first]!,
    countOf(item, first, next) {
      const [from, end] = [byItem.starts[item]!, byItem.starts[item + 1]!]
      return (
        itemSums[lowerBound(itemCells, from, end, next)]! -
        itemSums[lowerBound(itemCells, from, end, first)]!
      )
    },
  }
}

/**
 * Visits each cell in which some users click, with the share of voices that some items have around it,
 * without those users (1 in `isOut`). O(voices of those cells), and log of all voices an item.
 */
export function visitPopularity(
  voices: Voices,
  { members, isOut }: { members: readonly number[]; isOut: Uint8Array },
  visit: (cell: TimeCell, shareOf: (items: readonly number[]) => number) => void,
): void {
  const out = new Map<number, number>()
  let allOut = 0
  const add = (cell: number, sign: 1 | -1): void => {
    for (const [item, users] of voices.cells[cell]!.usersOf) {
      let count = 0
      for (const user of users) if (isOut[user]) count++
      if (count === 0) continue
      out.set(item, (out.get(item) ?? 0) + sign * count)
      allOut += sign * count
    }
  }
  const own = voices.cellsOf(members)
  let [from, to] = [0, 0]
  for (const cell of own) {
    const { first, next } = voices.around(cell)
    while (to < own.length && own[to]! < next) add(own[to++]!, 1)
    while (own[from]! < first) add(own[from++]!, -1)
    // One voice more than was heard: at night there are few.
    visit(voices.cells[cell]!, (items) => {
      const heard = items.reduce(
        (sum, item) => sum + voices.countOf(item, first, next) - (out.get(item) ?? 0),
        1,
      )
      return heard / (voices.countAll(first, next) - allOut + 1)
    })
  }
}
