import { HOUR_MS } from '../../functions/contract/time.ts'
import {
  FOLDED_SK,
  type FoldedRow,
  foldedPk,
  foldedText,
  openAttribute,
  type Series,
  VALUES_SK,
  valuesPk,
} from '../../functions/contract/values.ts'
import type { RowKey, TableStore } from '../../functions/core/tables.ts'
import { encodeBlock } from '../../functions/features/block.ts'
import { DAY0_MS } from '../make/events.ts'
import { memoryTable } from '../make/memory-table.ts'

/** Online rows, as the near line and the fold write them. */

export const seriesOfItem = (fields: Partial<Series> = {}): Series => ({
  ...{ id: '00000001', entity: 'item', event: 'impression', state: 'count', parameters: {} },
  ...{ keepHours: 168, isNearLine: true },
  ...fields,
})
export const NEAR_LINE_MS = 8_000
/** Hours of the first day, by their number. */
export const hourAt = (n: number): number => DAY0_MS + n * HOUR_MS
export const markAt = (closedHour: number, arrivedThroughMs = hourAt(closedHour) + 600_000) => ({
  closedThroughMs: hourAt(closedHour),
  arrivedThroughMs,
})

/** A block of one series, with its states by hour of the first day. */
export const blockOf = (
  series: Series,
  states: Readonly<Record<number, unknown>>,
  aheadMs = 0,
): Uint8Array =>
  encodeBlock({
    aheadMs,
    series: new Map([
      [
        series.id,
        {
          series,
          buckets: new Map(
            Object.entries(states).map(([hour, state]) => [hourAt(Number(hour)), state]),
          ),
        },
      ],
    ]),
  })
export const folded = (mark: ReturnType<typeof markAt>): string => foldedText(mark, '00000000')
export const openName = (arrivalMs: number, drop = 1): string =>
  openAttribute(arrivalMs, drop.toString(16).padStart(32, '0').split('').reverse().join(''))

export const foldedRow = (fields: Partial<FoldedRow> = {}): FoldedRow => ({
  ...{ closedThroughMs: 0, arrivedThroughMs: 0, scheduledMs: 0, nearLineMs: NEAR_LINE_MS },
  ...{ series: [], exclusions: [] },
  ...fields,
})

/** A table that remembers what was read of it, and fails when it is told to. */
export function watchedTable() {
  const table = memoryTable()
  const reads: string[][] = []
  const state = { isDown: false }
  const answer = <Value>(keys: readonly RowKey[], read: () => Promise<Value>): Promise<Value> => {
    reads.push(keys.map(({ pk }) => pk))
    return state.isDown ? Promise.reject(new Error('throttled')) : read()
  }
  const online: Pick<TableStore, 'get' | 'getAll'> = {
    get: (pk, sk) => answer([{ pk, sk }], () => table.get(pk, sk)),
    getAll: (keys) => answer(keys, () => table.getAll(keys)),
  }
  return {
    ...{ table, online, reads, state },
    /** The reads of values, without those of FOLDED. */
    batches: () => reads.filter(([pk]) => pk !== foldedPk('feed')),
    putItem: (item: string, row: Record<string, unknown>) =>
      table.put(valuesPk('feed', 'item', item), VALUES_SK, row),
    putFolded: (fields: Partial<FoldedRow> = {}) =>
      table.put(foldedPk('feed'), FOLDED_SK, foldedRow(fields)),
  }
}
