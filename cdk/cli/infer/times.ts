import type { Mapping } from '../../../functions/contract/mapping.ts'
import type { ColumnFacts } from './columns.ts'
import { fillOf, isConstant } from './columns.ts'
import type { Guess } from './guess.ts'
import { partsOf, rolesOf, strengthOf } from './names.ts'
import { MOST_LINES } from './sample.ts'
import { isClock, type TimeReading, type Times, timesOf } from './time-readings.ts'
import type { KnownOrder } from './usual-orders.ts'

/** Columns that together are times, with the evidence. */
interface Candidate {
  columns: ColumnFacts[]
  times: Times
  score: number
  isNamed: boolean
}
export interface TimeChoice {
  time: Mapping['time'] | Record<string, unknown>
  columns: string[]
  guess: Guess
  /** All columns that can be read as times. None of them is a user, an item or context. */
  able: string[]
}

const ENOUGH_TO_VARY = 20
const shownReading = ({ unit, pattern }: TimeReading): string => unit ?? pattern!
const joined = (column: readonly ColumnFacts[]): (string | null)[] =>
  column[0]!.values.map((_, row) => {
    const parts = column.map(({ values }) => values[row] ?? null)
    return parts.includes(null) ? null : parts.join(' ')
  })

/** Whether only the number of digits suggests a time. */
function isBareNumber({ readings }: Times): boolean {
  const [{ unit, pattern = '-' } = {} as TimeReading] = readings
  // Twelve or more digits are not date and time in all rows by chance.
  return unit !== undefined ? unit !== 'iso' : /^[A-Za-z]{1,11}$/.test(pattern)
}

function candidateOf(column: ColumnFacts, isHeaderless: boolean): Candidate | null {
  if (column.rows >= ENOUGH_TO_VARY && isConstant(column)) return null
  const { hasId, words } = partsOf(column.name)
  const strength = strengthOf(column.name, 'time')
  // A column named like an id, a user, an item or a price is not a time.
  const isOther = rolesOf(column.name).some(({ role }) =>
    /^(user|item|session|request|value|rating|position|eventId)$/.test(role),
  )
  if (strength === 0 && (hasId || isOther) && words.length > 0) return null
  if (column.isIndex || (hasId && strength === 0)) return null
  const { times } = column
  if (!times) return null
  const bare = isBareNumber(times)
  const digits = column.meanLength
  // Nine digits can be any id, nineteen a large one. Only a name makes them times.
  if (
    bare &&
    strength === 0 &&
    (digits < 9.5 || digits > 18) &&
    !isOrdered(column, times, isHeaderless)
  )
    return null
  let score = 2 * strength
  if (!bare) score += 3
  if (times.hasHours) score += 2
  if (times.ascending > 0.98 && column.distinct > 1) score += 1.5
  // The time zone is known.
  if (bare || /XXX/.test(times.readings[0]!.pattern ?? '')) score += strength > 0 ? 3 : 0
  if (fillOf(column) < 0.9) score -= 3
  if (isHeaderless && column.place > 0) score += 0.5
  return { columns: [column], times, score, isNamed: strength > 0 }
}

/** Whether digits never decrease from row to row, or are last without a heading, as times are. */
const isOrdered = (column: ColumnFacts, times: Times, isHeaderless: boolean): boolean =>
  column.meanLength < 18 && isHeaderless && (times.ascending > 0.98 || column.meanLength > 8.8)

/** Date and time of day in two columns, or year, month and day in three. */
function together(columns: readonly ColumnFacts[], nowMs: number): Candidate[] {
  const dates = columns.filter((column) => {
    const { times } = column
    return times !== null && !times.hasHours && !partsOf(column.name).hasId
  })
  const clocks = columns.filter(
    (column) =>
      isClock(column.values) ||
      (/^(hour|hr|hora|stunde|heure)$/i.test(column.name) &&
        column.isWhole &&
        column.least >= 0 &&
        column.greatest < 24),
  )
  const found: Candidate[] = []
  for (const date of dates)
    for (const clock of clocks) {
      const times = timesOf(joined([date, clock]), nowMs)
      if (!times || times.distinct <= date.distinct) continue
      const near = Math.abs(date.place - clock.place) === 1 ? 1 : 0
      const strength = strengthOf(date.name, 'time')
      const isNamed = strength > 0
      const order = times.ascending > 0.98 ? 1.5 : 0
      found.push({ columns: [date, clock], times, score: 5 + near + order + 2 * strength, isNamed })
    }
  const parts = ['year', 'month', 'day'].map((name) =>
    columns.find((column) => column.name.toLowerCase() === name),
  )
  if (found.length === 0 && parts.every((part) => part !== undefined)) {
    const times = timesOf(joined(parts), nowMs)
    if (times) found.push({ columns: parts, times, score: 5, isNamed: true })
  }
  return found
}

/** Spreads a log that was read completely over a week, so that there are days to learn from. */
const rowsPerHourOf = (rows: number): number =>
  rows + 1 >= MOST_LINES ? 1000 : Math.max(5, Math.ceil(rows / (7 * 24)))

/** The columns of the event's time, or the order of the rows if no column is a plausible time. */
export function chooseTime(
  columns: readonly ColumnFacts[],
  nowMs: number,
  isHeaderless: boolean,
  known: KnownOrder | null,
): TimeChoice {
  const single = columns
    .map((column) => candidateOf(column, isHeaderless))
    .filter((candidate) => candidate !== null)
    .filter(({ columns: [first] }) => known === null || first!.place === known.time)
  const all = [...single, ...(known ? [] : together(columns, nowMs))].sort(
    (a, b) => b.score - a.score,
  )
  const able = [...new Set(all.flatMap((candidate) => candidate.columns.map(({ name }) => name)))]
  const [best, second] = all
  if (!best) {
    const rowsPerHour = rowsPerHourOf(columns[0]?.rows ?? 0)
    return {
      time: { rowsPerHour, from: '2026-01-05T00:00:00Z' },
      columns: [],
      able,
      guess: {
        part: 'time',
        isSure: false,
        says: `no column is a time between 1995 and now, so rows are read in order, ${rowsPerHour} an hour`,
      },
    }
  }
  const names = best.columns.map(({ name }) => name)
  const [reading, other] = best.times.readings
  const isOpen = best.times.readings.length > 1
  const isClose = second !== undefined && best.score - second.score < 2 && !overlaps(best, second)
  const bare = isBareNumber(best.times)
  const isSure =
    !isOpen &&
    !isClose &&
    (best.isNamed || !bare) &&
    (best.times.hasHours || best.isNamed) &&
    fillOf(best.columns[0]!) > 0.9
  const zone =
    bare || /XXX|'UTC'|'GMT'/.test(reading!.pattern ?? '') ? '' : '; UTC if it has no zone'
  const open = isOpen ? `, or ${shownReading(other!)}` : ''
  const close = isClose
    ? `; ${second.columns.map(({ name }) => name).join(' + ')} may be meant`
    : ''
  const doubt = best.isNamed || !bare ? '' : '; chosen by its digits, not by its name'
  return {
    time: { column: names.length === 1 ? names[0]! : names, ...reading },
    columns: names,
    able,
    guess: {
      part: 'time',
      isSure,
      says: `${names.join(' + ')}: ${shownReading(reading!)}${open}${zone}${close}${doubt}`,
    },
  }
}

const overlaps = (a: Candidate, b: Candidate): boolean =>
  b.columns.every((column) => a.columns.includes(column))
