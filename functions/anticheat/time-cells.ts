import { HOUR_MS, MINUTE_MS } from '../contract/time.ts'
import type { ScreenedEvents } from './events.ts'

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

/**
 * Visits each cell with the share of voices that some items have around it, without some users. O(voices)
 * in all.
 */
export function visitPopularity(
  cells: readonly TimeCell[],
  isOut: Uint8Array,
  visit: (cell: TimeCell, shareOf: (items: readonly number[]) => number) => void,
): void {
  const voices = new Map<number, number>()
  let all = 0
  const add = ({ usersOf }: TimeCell, sign: 1 | -1): void => {
    for (const [item, users] of usersOf) {
      let count = 0
      for (const user of users) if (!isOut[user]) count++
      if (count === 0) continue
      voices.set(item, (voices.get(item) ?? 0) + sign * count)
      all += sign * count
    }
  }
  let [first, next] = [0, 0]
  for (const cell of cells) {
    while (next < cells.length && cells[next]!.fromMs <= cell.fromMs + AROUND_MS)
      add(cells[next++]!, 1)
    while (cells[first]!.fromMs < cell.fromMs - AROUND_MS) add(cells[first++]!, -1)
    // One voice more than was heard: at night there are few.
    visit(cell, (items) => {
      const heard = items.reduce((sum, item) => sum + (voices.get(item) ?? 0), 0)
      return (heard + 1) / (all + 1)
    })
  }
}
