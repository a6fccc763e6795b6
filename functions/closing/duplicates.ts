import type { EventRow } from '../contract/rows.ts'

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

type Copy = Pick<EventRow, 'arrivalMs' | 'timeMs' | 'drop' | 'row'>
/** The earliest arrival wins, then the earliest time. Drop and row decide between equal copies. */
export const compareCopies = (a: Copy, b: Copy): number =>
  a.arrivalMs - b.arrivalMs || a.timeMs - b.timeMs || order(a.drop, b.drop) || a.row - b.row

/** The order of an hour's kept events. */
export const sortByTime = (rows: readonly EventRow[]): EventRow[] =>
  [...rows].sort((a, b) => a.timeMs - b.timeMs || order(a.event, b.event))

/**
 * Keeps one row of each event, for any order and number of its copies. Events in `alreadyKept`,
 * from earlier closings of the hour, are all duplicates. Returns rows in order of (time, event).
 */
export function decideDuplicates(
  rows: readonly EventRow[],
  alreadyKept: ReadonlySet<string>,
): { winners: EventRow[]; duplicates: number } {
  const winners = new Map<string, EventRow>()
  for (const row of rows) {
    if (alreadyKept.has(row.event)) continue
    const winner = winners.get(row.event)
    if (!winner || compareCopies(row, winner) < 0) winners.set(row.event, row)
  }
  return {
    winners: sortByTime([...winners.values()]),
    duplicates: rows.length - winners.size,
  }
}
