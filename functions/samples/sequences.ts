import { type EventRow, type SampleRow, VALUE_SEPARATOR } from '../contract/rows.ts'
import type { SampleKinds, SequenceAccount, SequenceRow } from '../contract/sample-kinds.ts'
import { HOUR_MS } from '../contract/time.ts'

/** The columns of closed files that a sequence needs. */
export const HISTORY_COLUMNS = [
  ...(['event', 'type', 'timeMs', 'arrivalMs', 'user', 'item', 'outcome', 'drop'] as const),
] as const
export type HistoryRow = Pick<EventRow, (typeof HISTORY_COLUMNS)[number]>

/** An outcome, and when it became visible. */
interface Seen {
  row: HistoryRow
  visibleMs: number
}

const byTime = (a: HistoryRow, b: HistoryRow): number =>
  a.timeMs - b.timeMs || (a.event < b.event ? -1 : a.event > b.event ? 1 : 0)

/**
 * When the outcomes of a user become visible: `nearLineMs` after their drop arrived. If the producer's
 * clock runs ahead, the drop counts as arriving at its latest event (see features/visibility.ts).
 * Returns them in that order.
 */
function orderByVisibility(rows: readonly HistoryRow[], nearLineMs: number): Seen[] {
  const arrivals = new Map<string, number>()
  for (const { drop, arrivalMs, timeMs } of rows)
    arrivals.set(drop, Math.max(arrivals.get(drop) ?? 0, arrivalMs, timeMs))
  return rows
    .map((row) => ({ row, visibleMs: arrivals.get(row.drop)! + nearLineMs }))
    .sort((a, b) => a.visibleMs - b.visibleMs || byTime(a.row, b.row))
}

/** Inserts a row into rows in order of time. Most come last. */
function insert(rows: HistoryRow[], row: HistoryRow): void {
  let place = rows.length
  while (place > 0 && byTime(rows[place - 1]!, row) > 0) place--
  rows.splice(place, 0, row)
}

/** Answers, for ascending times, the outcomes that are visible and within the window, oldest first. */
function openHistory(rows: readonly HistoryRow[], nearLineMs: number, windowMs: number) {
  const coming = orderByVisibility(rows, nearLineMs)
  const visible: HistoryRow[] = []
  let next = 0
  let oldest = 0
  return (timeMs: number, length: number): { elements: HistoryRow[]; visible: number } => {
    for (; next < coming.length && coming[next]!.visibleMs <= timeMs; next++) {
      const { row } = coming[next]!
      // An outcome that is already too old would move the ones that left the window.
      if (row.timeMs >= timeMs - windowMs) insert(visible, row)
    }
    while (oldest < visible.length && visible[oldest]!.timeMs < timeMs - windowMs) oldest++
    return {
      elements: visible.slice(Math.max(oldest, visible.length - length)),
      visible: visible.length - oldest,
    }
  }
}

function groupByUser<R extends { user: string }>(rows: readonly R[]): Map<string, R[]> {
  const byUser = new Map<string, R[]>()
  for (const row of rows) {
    const own = byUser.get(row.user)
    if (own) own.push(row)
    else byUser.set(row.user, [row])
  }
  return byUser
}

const join = (cells: readonly (string | number | null)[]): string | null =>
  cells.length > 0 ? cells.join(VALUE_SEPARATOR) : null

/**
 * For each sample, the last `length` outcomes of its user that were visible before it, by the rule of the
 * near line: their drop had arrived `nearLineMs` before. `history` are kept events of the shard's users.
 * Samples are in order of time. Returns one row for each sample, in the same order. Pure.
 */
export function makeSequences(
  { length, windowHours }: NonNullable<SampleKinds['sequences']>,
  samples: readonly Pick<SampleRow, 'sample' | 'timeMs' | 'user'>[],
  history: readonly HistoryRow[],
  nearLineMs: number,
): { rows: SequenceRow[]; account: SequenceAccount } {
  const outcomes = history.filter(({ type }) => type === 'outcome')
  const joinable = outcomes.filter(({ item }) => !item.includes(VALUE_SEPARATOR))
  const account: SequenceAccount = {
    ...{ sequences: samples.length, empty: 0, visible: 0, elements: 0, cut: 0 },
    unjoinable: outcomes.length - joinable.length,
  }
  const byUser = groupByUser(joinable)
  const histories = new Map<string, ReturnType<typeof openHistory>>()
  const rows = samples.map(({ sample, timeMs, user }): SequenceRow => {
    let visibleAt = histories.get(user)
    if (!visibleAt) {
      visibleAt = openHistory(byUser.get(user) ?? [], nearLineMs, windowHours * HOUR_MS)
      histories.set(user, visibleAt)
    }
    const { elements, visible } = visibleAt(timeMs, length)
    account.visible += visible
    account.elements += elements.length
    account.cut += visible - elements.length
    if (elements.length === 0) account.empty++
    return {
      ...{ sample, timeMs, user },
      items: join(elements.map(({ item }) => item)),
      outcomes: join(elements.map(({ outcome }) => outcome)),
      timesMs: join(elements.map((row) => row.timeMs)),
    }
  })
  return { rows, account }
}
