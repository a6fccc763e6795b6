import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { DAY_MS } from '../../../functions/contract/time.ts'

/** Someone does something with an item. */
export interface Visit {
  user: number
  item: number
  /** Whole seconds. */
  timeMs: number
  session: number
  isPositive: boolean
  stars: number
}

export interface TrafficOptions {
  rows?: number
  users?: number
  items?: number
  from?: string
  days?: number
  /** Share of visits that are positive. */
  positives?: number
}

/** Visits in order of time. A few users and items have most of them, as everywhere. */
export function traffic(draws: Draws, options: TrafficOptions = {}): Visit[] {
  const { rows = 240, users = 50, items = 80, from = '2024-03-04T00:00:00Z' } = options
  const { days = 2, positives = 0.2 } = options
  const startMs = Date.parse(from)
  const times = Array.from({ length: rows }, () =>
    Math.floor((draws.uniform() * days * DAY_MS) / 1000),
  ).sort((a, b) => a - b)
  return times.map((second) => {
    const user = 1 + Math.floor(users * draws.uniform() ** 1.6)
    const timeMs = startMs + second * 1000
    return {
      user,
      item: 1 + Math.floor(items * draws.uniform() ** 2),
      timeMs,
      session: user * 100 + Math.floor((timeMs - startMs) / (DAY_MS / 2)),
      isPositive: draws.uniform() < positives,
      stars: draws.pick([1, 2, 3, 3, 4, 4, 4, 5, 5, 5]),
    }
  })
}

export const timesOf = (visits: readonly { timeMs: number }[]): number[] =>
  visits.map(({ timeMs }) => timeMs)
/** Times as a log of days or hours has them. */
export const floored = (visits: readonly { timeMs: number }[], stepMs: number): number[] =>
  visits.map(({ timeMs }) => Math.floor(timeMs / stepMs) * stepMs)
/** As many logs have it: all of one user's rows together. */
export const byUser = (visits: readonly Visit[]): Visit[] =>
  visits.toSorted((a, b) => a.user - b.user)

type CellValue = string | number | null
export const lines = (rows: readonly string[]): string => `${rows.join('\n')}\n`
/** Lines of cells; null is an empty cell. */
export const table = (
  header: readonly string[] | null,
  rows: readonly (readonly CellValue[])[],
  separator = ',',
): string => {
  const cut = (cells: readonly CellValue[]) => cells.map((cell) => cell ?? '').join(separator)
  return lines([...(header ? [cut(header)] : []), ...rows.map(cut)])
}
export const jsonLines = (records: readonly object[]): string =>
  lines(records.map((record) => JSON.stringify(record)))

export const seconds = (timeMs: number): number => timeMs / 1000
/** `2024-03-04T10:00:00.000Z` */
export const iso = (timeMs: number): string => new Date(timeMs).toISOString()
/** `2024-03-04 10:00:00` */
export const stamp = (timeMs: number): string => iso(timeMs).slice(0, 19).replace('T', ' ')
export const day = (timeMs: number): string => iso(timeMs).slice(0, 10)
/** `20240304100000` */
export const digits = (timeMs: number): string => iso(timeMs).slice(0, 19).replace(/\D/g, '')
/** `n` hexadecimal digits that a number always stands for. */
export const hex = (number: number, length: number): string => {
  let text = ''
  for (let i = 1; text.length < length; i++)
    text += ((Math.imul(number + 1, 2654435761) ^ Math.imul(i, 40503)) >>> 0)
      .toString(16)
      .padStart(8, '0')
  return text.slice(0, length)
}
export const uuid = (number: number): string => {
  const all = hex(number, 32)
  return [
    all.slice(0, 8),
    all.slice(8, 12),
    `4${all.slice(13, 16)}`,
    `a${all.slice(17, 20)}`,
    all.slice(20),
  ].join('-')
}
export const columns = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `column_${i + 1}`)
