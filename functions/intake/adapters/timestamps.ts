import { PATTERN_TOKEN } from '../../contract/mapping.ts'
import { HOUR_MS, MINUTE_MS } from '../../contract/time.ts'

/** Parts of date and time → epoch milliseconds. Null if there is no such instant. */
export function instantOf(
  parts: readonly number[],
  fractionMs: number,
  offsetMs: number,
): number | null {
  const [year, month, day, hour = 0, minute = 0, second = 0] = parts as [number, number, number]
  if (hour > 23 || minute > 59 || second > 60) return null
  const timeMs = Date.UTC(year, month - 1, day, hour, minute, second, fractionMs)
  // Date.UTC reads 30 February as 2 March, and years of two digits as those of the last century.
  const date = new Date(Date.UTC(year, month - 1, day))
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1) return null
  return date.getUTCDate() === day ? timeMs - offsetMs : null
}

/** `Z`, `UTC`, `GMT`, `+02:00`, `+0200` or `+02` → milliseconds east of UTC. */
export function offsetMsOf(zone: string): number {
  if (/^(Z|UTC|GMT)$/i.test(zone)) return 0
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone)!
  const offsetMs = Number(hours) * HOUR_MS + Number(minutes ?? 0) * MINUTE_MS
  return sign === '-' ? -offsetMs : offsetMs
}

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s?(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?(?: UTC)?$/

/**
 * ISO 8601 date and time, with `T` or a blank between; in `zone` if the text names no zone. Null
 * for other text.
 */
export function isoMs(text: string, zone = 'Z'): number | null {
  const match = ISO.exec(text.trim())
  if (!match) return null
  const [, year, month, day, hour, minute, second, fraction = '', own] = match
  const parts = [year, month, day, hour, minute, second].map((part) => Number(part ?? 0))
  const fractionMs = Number(fraction.padEnd(3, '0').slice(0, 3))
  return instantOf(parts, fractionMs, offsetMsOf(own ?? zone))
}

/** Epoch milliseconds, as a number or as digits, or ISO 8601 (Metarank, "Timestamp formats"). */
export function timestampMs(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'string') return null
  return /^\d{1,16}$/.test(value) ? Number(value) : isoMs(value)
}

export const MONTHS = [
  'jan',
  'feb',
  'mar',
  'apr',
  'may',
  'jun',
  'jul',
  'aug',
  'sep',
  'oct',
  'nov',
  'dec',
]
const WEEKDAYS = 'Mon|Tues|Wednes|Thurs|Fri|Satur|Sun'
const MONTH_NAMES =
  'January|February|March|April|May|June|July|August|September|October|November|December'
const TOKENS: Readonly<Record<string, string>> = {
  yyyy: '(?<year>\\d{4})',
  yy: '(?<shortYear>\\d{2})',
  MMMM: `(?<monthName>${MONTH_NAMES})`,
  MMM: '(?<monthName>[A-Za-z]{3})',
  MM: '(?<month>\\d{2})',
  M: '(?<month>\\d{1,2})',
  dd: '(?<day>\\d{2})',
  d: '(?<day>\\d{1,2})',
  // The weekday is not used: the date defines it.
  EEEE: `(?:${WEEKDAYS})day`,
  EEE: '[A-Za-z]{3}',
  HH: '(?<hour>\\d{2})',
  H: '(?<hour>\\d{1,2})',
  hh: '(?<hour12>\\d{2})',
  h: '(?<hour12>\\d{1,2})',
  a: '(?<half>[AP])\\.?M\\.?',
  mm: '(?<minute>\\d{2})',
  ss: '(?<second>\\d{2})',
  SSS: '(?<fraction>\\d{1,9})',
  XXX: '(?<zone>Z|[+-]\\d{2}:?\\d{2})',
}

/** The full year for two digits: 1970 to 2069. */
const fullYear = (short: number): number => (short < 70 ? 2000 : 1900) + short
/** The hour of a 12-hour clock: 12 AM is midnight, 12 PM is noon. Null if there is no such hour. */
const hourOfHalf = (hour: number, half: string): number | null =>
  hour < 1 || hour > 12 ? null : (hour % 12) + (half.toUpperCase() === 'P' ? 12 : 0)

/**
 * Compiles a pattern with the letters of Unicode's date formats (UTS #35, "Date Field Symbols") to
 * a function: text → epoch milliseconds, or null if the text does not match. The mapping's schema
 * has checked the pattern.
 */
export function compilePattern(pattern: string): (text: string, zone: string) => number | null {
  const source = [...pattern.matchAll(PATTERN_TOKEN)].map(
    ([token, literal]) => TOKENS[token] ?? (literal ?? token).replace(/[^\w\s]/g, '\\$&'),
  )
  const expression = new RegExp(`^${source.join('')}$`, 'i')
  return (text, zone) => {
    const found = expression.exec(text.trim())?.groups
    if (!found) return null
    const month = found['monthName']
      ? MONTHS.indexOf(found['monthName'].slice(0, 3).toLowerCase()) + 1
      : Number(found['month'])
    const year = found['shortYear'] ? fullYear(Number(found['shortYear'])) : Number(found['year'])
    const hour = found['half']
      ? hourOfHalf(Number(found['hour12']), found['half'])
      : Number(found['hour'] ?? 0)
    if (hour === null) return null
    const [day, minute, second] = ['day', 'minute', 'second'].map((name) =>
      Number(found[name] ?? 0),
    )
    const parts = [year, month, day!, hour, minute!, second!]
    const fractionMs = Number((found['fraction'] ?? '0').padEnd(3, '0').slice(0, 3))
    return instantOf(parts, fractionMs, offsetMsOf(found['zone'] ?? zone))
  }
}
