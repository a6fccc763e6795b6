import type { Column } from './layouts.ts'
import { strengthOf } from './names.ts'
import { type Times, timesOf } from './time-readings.ts'

/** Statistics of one column's sampled values. */
export interface ColumnFacts {
  name: string
  /** Place among the columns, from 0. */
  place: number
  values: readonly (string | null)[]
  lists: readonly (unknown[] | null)[] | null
  rows: number
  filled: number
  distinct: number
  /** Share of the filled cells that hold the most frequent value. */
  topShare: number
  /** The most frequent value. */
  top: string | null
  /** Value → rows, if there are few values. */
  counts: ReadonlyMap<string, number>
  /** Placeholders for a missing value → rows. */
  missing: ReadonlyMap<string, number>
  /** Share of numbers among the filled cells, with the smallest and greatest. */
  numeric: number
  least: number
  greatest: number
  isWhole: boolean
  /** Whether numbers have a decimal comma, as in 1,5. */
  isDecimalComma: boolean
  meanLength: number
  /** Counts the rows: 0, 1, 2 … or 1, 2, 3 … */
  isIndex: boolean
  /** Its reading as times between 1995 and now, if there is one. */
  times: Times | null
}

const FEW = 64
/** Placeholders for a missing value, in any letter case. */
const NOTHING =
  /^(na|n\/a|#n\/a|null|none|nil|nan|\\n|\(not set\)|\(none\)|\(null\)|<null>|<na>|undefined|-|--|—|00000000-0000-0000-0000-000000000000)$/i
/** Placeholders for an unknown user, which are no identity. */
const ANYBODY = /^(0|-1|unknown|anonymous|guest|anon|default|\?|none|test)$/i
const DECIMAL_COMMA = /^-?(\d{1,3}(\.\d{3})+|\d+),\d+$/

const isNothing = (text: string): boolean => NOTHING.test(text.trim())

function numbersOf(filled: readonly string[]) {
  const commas = filled.filter((text) => DECIMAL_COMMA.test(text.trim())).length
  const isDecimalComma =
    commas * 2 > filled.length && !filled.some((text) => /^-?\d+\.\d{1,2}$/.test(text.trim()))
  const numbers = filled
    .filter((text) => text.trim() !== '')
    .map((text) => Number(isDecimalComma ? text.replaceAll('.', '').replace(',', '.') : text))
    .filter(Number.isFinite)
  const least = numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const greatest = numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  return {
    numeric: filled.length > 0 ? numbers.length / filled.length : 0,
    least,
    greatest,
    isWhole: numbers.every(Number.isInteger),
    isDecimalComma,
  }
}

const countsRows = (values: readonly (string | null)[]): boolean => {
  const first = values[0]
  return (
    values.length > 3 &&
    (first === '0' || first === '1') &&
    values.every((value, i) => value === String(i + Number(first)))
  )
}

export function factsOfColumn(
  { name, values: raw, lists }: Column,
  place: number,
  nowMs: number,
): ColumnFacts {
  const missing = new Map<string, number>()
  const values = raw.map((value) => {
    if (value === null || !isNothing(value)) return value
    missing.set(value.trim(), (missing.get(value.trim()) ?? 0) + 1)
    return null
  })
  const filled = values.filter((value) => value !== null)
  const counts = new Map<string, number>()
  let length = 0
  for (const value of filled) {
    counts.set(value, (counts.get(value) ?? 0) + 1)
    length += value.length
  }
  const byCount = [...counts].sort(([, a], [, b]) => b - a)
  return {
    name,
    place,
    values,
    lists: lists ?? null,
    rows: values.length,
    filled: filled.length,
    distinct: counts.size,
    top: byCount[0]?.[0] ?? null,
    topShare: filled.length > 0 ? byCount[0]![1] / filled.length : 0,
    counts: new Map(counts.size <= FEW ? byCount : []),
    missing,
    ...numbersOf(filled),
    meanLength: filled.length > 0 ? length / filled.length : 0,
    isIndex: countsRows(raw),
    times: lists ? null : timesOf(values, nowMs),
  }
}

/** Treats a placeholder user in a fifth of the rows as missing. */
export function withoutAnybody(column: ColumnFacts, nowMs: number): ColumnFacts {
  const { name, place, top, topShare, filled } = column
  const isUser = strengthOf(name, 'user') >= 2 && column.distinct > 2
  if (!isUser || top === null || !ANYBODY.test(top) || topShare <= 0.2) return column
  const values = column.values.map((value) => (value === top ? null : value))
  const missing = new Map([...column.missing, [top, Math.round(topShare * filled)]])
  return { ...factsOfColumn({ name, values }, place, nowMs), missing }
}

/** Share of the rows that have a value. */
export const fillOf = ({ filled, rows }: ColumnFacts): number => (rows > 0 ? filled / rows : 0)
/** Fewer rows give no meaningful shares. */
export const ENOUGH_ROWS = 30
/** Whether every row has its own value: a row key, not a user or an item. */
export const isKeyOfRows = ({ distinct, filled }: ColumnFacts): boolean =>
  filled >= ENOUGH_ROWS && distinct === filled
export const isConstant = ({ distinct }: ColumnFacts): boolean => distinct <= 1

/** The values that mean yes in a yes-or-no column. Null for another column. */
export function yesOf({ counts, distinct, filled }: ColumnFacts): string[] | null {
  if (filled === 0 || distinct > 3) return null
  const values = [...counts.keys()]
  if (!values.every((value) => /^(0|1|-1|true|false|t|f|yes|no|y|n)(\.0)?$/i.test(value.trim())))
    return null
  const yes = values.filter((value) => /^(1|true|t|yes|y)(\.0)?$/i.test(value.trim()))
  return distinct > 2 && yes.length < 2 ? null : yes
}

export const percent = (share: number): string => `${Math.round(100 * share)} %`
