import { VALUE_SEPARATOR } from '../../../functions/contract/rows.ts'
import { floorHour, HOUR_MS, MINUTE_MS } from '../../../functions/contract/time.ts'
import {
  type FoldedRow,
  foldedText,
  openAttribute,
  type Series,
} from '../../../functions/contract/values.ts'
import { type Block, encodeBlock } from '../../../functions/features/block.ts'
import type { RecordedEvent } from '../../../functions/features/states/state.ts'
import { addState, stateKindOf } from '../../../functions/features/states/states.ts'

/** Rows of the online table with random events, for the vectors. */

export const NOW_MS = Date.UTC(2026, 0, 8, 14, 25, 36, 789)
const NOW_HOUR_MS = floorHour(NOW_MS)
const NEAR_LINE_MS = 20_000
export const GENRES = ['news', 'sport', 'film', 'musik ♫', '\ufeff📱', 'ｆilm']

type Uniform = () => number
export type Row = Record<string, unknown>

export const FOLDED: FoldedRow = {
  ...{ closedThroughMs: NOW_HOUR_MS - HOUR_MS, arrivedThroughMs: NOW_HOUR_MS + 5 * MINUTE_MS },
  ...{ scheduledMs: NOW_HOUR_MS + 7 * MINUTE_MS, nearLineMs: NEAR_LINE_MS, series: [] },
  exclusions: [
    {
      ...{ fromMs: NOW_HOUR_MS - 9 * HOUR_MS, throughMs: NOW_HOUR_MS - 7 * HOUR_MS },
      sinceMs: NOW_MS,
    },
    {
      ...{ fromMs: NOW_HOUR_MS - 4 * HOUR_MS, throughMs: NOW_HOUR_MS - 3 * HOUR_MS },
      sinceMs: NOW_MS + 1,
    },
  ],
}

/** Texts of several UTF-16 lengths, and of an order that differs from that of their code points. */
export function makeEvent(uniform: Uniform, hourMs: number): RecordedEvent {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(uniform() * from.length)]!
  const value = Math.round(uniform() * 1e4 - 2000) / 100
  const genres = GENRES.slice(Math.floor(uniform() * GENRES.length)).slice(0, 2)
  const event = {
    ...{ timeMs: hourMs + Math.floor(uniform() * 24 * MINUTE_MS), event: 'impression', value },
    ...{ user: `u${Math.floor(uniform() * 9)}`, item: `i${Math.floor(uniform() * 12)}` },
    ...{ position: pick([null, 1, 2, 3, 7]), id: `e${Math.floor(uniform() * 1e6)}` },
  }
  const texts: Record<string, string> = {
    ...{ value: String(value), 'item.id': event.item, 'user.id': event.user },
    'item.genres': genres.join(VALUE_SEPARATOR),
  }
  return { ...event, textOf: (of) => texts[of] ?? null, numberOf: () => value }
}

/** A block with a few events for each series in each of these hours. */
export function makeBlock(
  uniform: Uniform,
  series: readonly Series[],
  hours: readonly number[],
  aheadMs = 0,
): Uint8Array {
  const block: Block = { aheadMs, series: new Map() }
  for (const one of series) {
    const buckets = new Map<number, unknown>()
    for (const hourMs of hours)
      for (let left = Math.floor(uniform() * 4); left > 0; left--) {
        const state = stateKindOf(one).record(makeEvent(uniform, hourMs), one.parameters)
        if (state !== null) addState(one, buckets, hourMs, state)
      }
    block.series.set(one.id, { series: one, buckets })
  }
  return encodeBlock(block)
}

/** A row that the near line and a closing have written; some of its parts are missing. */
export function makeRow(
  uniform: Uniform,
  series: readonly Series[],
  attributes: object | null = null,
): Row {
  const hoursFrom = (first: number, count: number): number[] =>
    Array.from(
      { length: count },
      () => NOW_HOUR_MS - (first + Math.floor(uniform() * 50)) * HOUR_MS,
    )
  const row: Row = {}
  if (uniform() < 0.8) {
    row['ring'] = makeBlock(uniform, series, [...new Set(hoursFrom(1, 5))])
    const laterMs = (Math.floor(uniform() * 3) - 1) * HOUR_MS
    const mark = {
      closedThroughMs: FOLDED.closedThroughMs + laterMs,
      arrivedThroughMs: FOLDED.arrivedThroughMs + laterMs,
    }
    row['folded'] = foldedText(mark, '89abcdef')
  }
  const arrivals = [-70 * MINUTE_MS, 4 * MINUTE_MS, 5 * MINUTE_MS + 1, 25 * MINUTE_MS + 16_789]
  for (const [n, afterMs] of arrivals.entries()) {
    if (uniform() < 0.4) continue
    const hours = [2, 1, 0].map((before) => NOW_HOUR_MS - before * HOUR_MS)
    const aheadMs = n === 3 ? Math.floor(uniform() * 2) : 0
    const drop = `${n}`.repeat(32)
    row[openAttribute(NOW_HOUR_MS + afterMs, drop)] = makeBlock(uniform, series, hours, aheadMs)
  }
  return attributes ? { ...row, ...statementsOf(uniform, attributes) } : row
}

/** One that is visible; or one that is not yet visible, after one that is or none. */
function statementsOf(uniform: Uniform, attributes: object): Row {
  const visibleMs = NOW_MS - NEAR_LINE_MS
  const stated = (knowableMs: number, known: object) => ({
    ...{ order: `${knowableMs}-${'0'.repeat(32)}-0000000003`, knowableMs },
    attributes: JSON.stringify(known),
  })
  const kind = uniform()
  if (kind < 0.6) return { statement: stated(visibleMs, attributes), previous: null }
  const hidden = stated(visibleMs + 1, { genres: ['hidden'] })
  return { statement: hidden, previous: kind < 0.8 ? stated(visibleMs - 7, attributes) : null }
}

/** As the vectors write it: binary attributes in base64. */
export const rowText = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ]),
  )
