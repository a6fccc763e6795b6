import type { Mapping } from '../../../functions/contract/mapping.ts'
import { DAY_MS } from '../../../functions/contract/time.ts'
import { compilePattern, isoMs } from '../../../functions/intake/adapters/timestamps.ts'

/** A reading of all values of a column, or of several columns joined by blanks, as times. */
export type TimeReading = Pick<Mapping['time'], 'unit' | 'pattern'>
export interface Times {
  readings: TimeReading[]
  /** Share of the rows that are not earlier than the row before, by the first reading. */
  ascending: number
  /** Whether it has more than the day. */
  hasHours: boolean
  /** Number of different times. */
  distinct: number
}

/** The earliest plausible time of a log. */
const EARLIEST_MS = Date.UTC(1995, 0, 1)
/** A producer's clock can be ahead. */
const AHEAD_MS = DAY_MS
/** Share of the values that must be readable as times, and share of those that must be plausible. */
const MOST = 0.98

const PER_MS = { seconds: 1000, milliseconds: 1, microseconds: 1e-3, nanoseconds: 1e-6 } as const
const DATES = [
  'yyyy-M-d',
  'yyyy/M/d',
  'yyyy.M.d',
  'd/M/yyyy',
  'M/d/yyyy',
  'd.M.yyyy',
  'd-M-yyyy',
  'M-d-yyyy',
  'd/M/yy',
  'M/d/yy',
  'd.M.yy',
  'yy/M/d',
  'd MMM yyyy',
  'd-MMM-yyyy',
  'd-MMM-yy',
  'd MMMM yyyy',
  'MMM d, yyyy',
  'MMM d yyyy',
  'MMMM d, yyyy',
  'MMMM d yyyy',
  'M d, yyyy',
  'EEE, d MMM yyyy',
  'EEE, d MMMM yyyy',
  'EEEE, d MMMM yyyy',
  'EEEE, MMMM d, yyyy',
  'EEE d MMM yyyy',
  'yyyy M d',
]
const CLOCKS = [
  'H:mm:ss',
  'H:mm',
  'H:mm:ss.SSS',
  'h:mm:ss a',
  'h:mm a',
  'h:mm:ssa',
  'h:mma',
  'h.mm.ss a',
  'H.mm.ss',
  'H',
]
const ZONES = ['', ' XXX', 'XXX', " 'UTC'", " 'GMT'", " XXX 'UTC'", "'Z'"]
const WHOLE = [
  'EEE MMM d H:mm:ss XXX yyyy',
  'EEE MMM d H:mm:ss yyyy',
  "EEE MMM d H:mm:ss 'UTC' yyyy",
  'd/MMM/yyyy:HH:mm:ss XXX',
  "'['d/MMM/yyyy:HH:mm:ss XXX']'",
  'yyyyMMddHHmmssSSS',
  'yyyyMMddHHmmss',
  'yyyyMMddHHmm',
  'yyyyMMddHH',
  'yyyyMMdd',
  'yyMMddHHmmss',
  'yyMMddHHmm',
  'yyMMddHH',
  "yyyyMMdd'T'HHmmss",
  "yyyyMMdd'T'HHmmss'Z'",
  'yyyyMMdd HH:mm:ss',
  'yyyyMMdd HH:mm',
  'yyyyMMdd H',
]
const PATTERNS: readonly string[] = [
  ...WHOLE,
  ...DATES,
  ...DATES.flatMap((date) =>
    CLOCKS.flatMap((clock) =>
      [' ', "'T'", ', '].flatMap((join) => ZONES.map((zone) => `${date}${join}${clock}${zone}`)),
    ),
  ),
]

/** A pattern with fixed two-digit fields is more specific than one with variable fields. */
const padded = (pattern: string): string =>
  pattern.replace(/'[^']*'|M+|d+|H+|h+/g, (field) =>
    /^[MdHh]$/.test(field) ? field + field : field,
  )

type Parse = (text: string) => number | null
const compiled = new Map<string, Parse>()
function parserOf({ unit, pattern }: TimeReading): Parse {
  if (pattern !== undefined) {
    let parse = compiled.get(pattern)
    if (!parse) {
      const read = compilePattern(pattern)
      parse = (text) => read(text, 'Z')
      compiled.set(pattern, parse)
    }
    return parse
  }
  if (unit === 'iso') return (text) => isoMs(text)
  const perMs = PER_MS[unit as keyof typeof PER_MS]
  return (text) => (/^\d{8,20}(\.\d+)?$/.test(text.trim()) ? Number(text) * perMs : null)
}

function fits(reading: TimeReading, texts: readonly string[], nowMs: number): boolean {
  const parse = parserOf(reading)
  let read = 0
  let sensible = 0
  for (const [i, text] of texts.entries()) {
    const timeMs = parse(text)
    if (timeMs !== null) {
      read++
      if (timeMs >= EARLIEST_MS && timeMs <= nowMs + AHEAD_MS) sensible++
    }
    if (i === 20 && read < 0.8 * 21) return false
  }
  return read >= MOST * texts.length && sensible >= MOST * read
}

function patternsOf(texts: readonly string[], nowMs: number): TimeReading[] {
  const some = texts.slice(0, 5)
  const able = PATTERNS.filter((pattern) => {
    const parse = parserOf({ pattern })
    return some.filter((text) => parse(text) !== null).length * 2 > some.length
  }).filter((pattern) => fits({ pattern }, texts, nowMs))
  return able.map((pattern) => {
    const whole = padded(pattern)
    return {
      pattern: whole !== pattern && fits({ pattern: whole }, texts, nowMs) ? whole : pattern,
    }
  })
}

const UNITS = Object.keys(PER_MS) as (keyof typeof PER_MS)[]

/** The readings (unit, ISO 8601 or patterns) that nearly all values fit. */
function readingsOf(texts: readonly string[], nowMs: number): TimeReading[] {
  const unit = UNITS.find((name) => fits({ unit: name }, texts, nowMs))
  if (unit) return [{ unit }]
  if (fits({ unit: 'iso' }, texts, nowMs)) return [{ unit: 'iso' }]
  const unique = new Map(patternsOf(texts, nowMs).map((reading) => [reading.pattern, reading]))
  const found = [...unique.values()]
  // A pattern with an hour replaces the same without. A four-digit year excludes two-digit readings.
  return found.filter(
    ({ pattern }) =>
      !(pattern!.includes('yyyy') ? false : found.some((other) => other.pattern!.includes('yyyy'))),
  )
}

/** Time from the earliest to the latest row. The rows of a log are close together. */
function spanOf(reading: TimeReading, texts: readonly string[]): number {
  const parse = parserOf(reading)
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const text of texts) {
    const timeMs = parse(text)
    if (timeMs === null) continue
    least = Math.min(least, timeMs)
    greatest = Math.max(greatest, timeMs)
  }
  return greatest - least
}

/** The plausible readings of a column as times. Null if there is none. */
export function timesOf(values: readonly (string | null)[], nowMs: number): Times | null {
  const texts = values.filter((value) => value !== null)
  if (texts.length === 0) return null
  const readings = readingsOf(texts, nowMs)
  const [first] =
    readings.length > 1 ? readings.sort((a, b) => spanOf(a, texts) - spanOf(b, texts)) : readings
  if (!first) return null
  const parse = parserOf(first)
  const times = texts.map((text) => parse(text)).filter((timeMs) => timeMs !== null)
  const steps = times.slice(1).filter((timeMs, i) => timeMs >= times[i]!).length
  return {
    readings,
    ascending: times.length > 1 ? steps / (times.length - 1) : 1,
    hasHours: times.some((timeMs) => timeMs % DAY_MS !== 0),
    distinct: new Set(times).size,
  }
}

/** Whether the values are times of day without a date. */
export function isClock(values: readonly (string | null)[]): boolean {
  const texts = values.filter((value) => value !== null)
  const clocks = texts.filter((text) =>
    /^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?(\s?[AP]\.?M\.?)?$/i.test(text.trim()),
  )
  return texts.length > 0 && clocks.length >= MOST * texts.length
}
