import type { CounterRow, DeltaRow } from '../contract/rows.ts'
import { HOUR_MS } from '../contract/time.ts'
import { createCodes } from '../core/codes.ts'

/** The rows of one counters or deltas file about users, or about items, as columns. */
export interface CodedColumns {
  ids: readonly string[]
  events: readonly string[]
  /** Places in `ids` and `events`. */
  id: Uint32Array
  event: Uint16Array
  /** Hours since 1970. */
  hour: Int32Array
  count: Int32Array
  aheadMs: Float64Array
}
export interface CodedCounts {
  user: CodedColumns
  item: CodedColumns
}

/** Memory: about 26 bytes a row, and each id once. */
function codeColumns(rows: readonly (CounterRow | DeltaRow)[]): CodedColumns {
  const { length } = rows
  const ids = createCodes()
  const events = createCodes()
  const id = new Uint32Array(length)
  const event = new Uint16Array(length)
  const hour = new Int32Array(length)
  const count = new Int32Array(length)
  const aheadMs = new Float64Array(length)
  for (let i = 0; i < length; i++) {
    const row = rows[i]!
    id[i] = ids.codeOf(row.id)
    event[i] = events.codeOf(row.event)
    hour[i] = row.hourMs / HOUR_MS
    count[i] = row.count
    aheadMs[i] = 'aheadMs' in row ? row.aheadMs : 0
  }
  return { ids: ids.texts, events: events.texts, id, event, hour, count, aheadMs }
}

export const codeCounts = (rows: readonly (CounterRow | DeltaRow)[]): CodedCounts => ({
  user: codeColumns(rows.filter(({ kind }) => kind === 'user')),
  item: codeColumns(rows.filter(({ kind }) => kind === 'item')),
})
