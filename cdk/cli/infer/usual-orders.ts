import type { Identity } from '../../../functions/contract/mapping.ts'
import { type ColumnFacts, ENOUGH_ROWS, isConstant, isKeyOfRows, yesOf } from './columns.ts'
import type { Meaning } from './event-words.ts'
import type { IdentityChoice } from './identities.ts'

/**
 * User and item in a log without column names: nearly always the user is first, then the item
 * (Taobao: user, item, category, behaviour, time; MovieLens: user, item, rating, time).
 */

/** A known log without a heading, recognized by its width and values. Columns by position. */
export interface KnownOrder {
  name: string
  width: number
  fits(columns: readonly ColumnFacts[]): boolean
  time: number
  user: Identity
  item: Identity
  event?: { place: number; codes?: ReadonlyMap<string, Meaning> }
}
const column = (place: number): string => `column_${place + 1}`
const KNOWN: readonly KnownOrder[] = [
  {
    name: 'iPinYou’s logs',
    width: 24,
    fits: ([, time]) => has(time, /^\d{17}$/),
    time: 1,
    user: column(3),
    item: column(18),
    event: {
      place: 2,
      codes: new Map<string, Meaning>([
        ['1', { kind: 'impression' }],
        ['2', { kind: 'outcome', outcome: 'click' }],
        ['3', { kind: 'outcome', outcome: 'purchase' }],
      ]),
    },
  },
  {
    name: 'Last.fm’s listening histories',
    width: 6,
    fits: ([user, time]) => has(time, /^\d{4}-\d\d-\d\dT/) && has(user, /^user_/),
    time: 1,
    user: column(0),
    item: { firstOf: [column(4), column(5)] },
  },
  {
    name: 'Snowplow’s enriched events',
    width: 131,
    fits: (columns) => has(columns[3], /^\d{4}-\d\d-\d\d /) && has(columns[6], /^[\da-f-]{36}$/i),
    time: 3,
    user: { firstOf: [column(12), column(15)] },
    item: column(35),
    event: { place: 5 },
  },
]
export const knownOrderOf = (columns: readonly ColumnFacts[]): KnownOrder | null =>
  KNOWN.find(({ width, fits }) => columns.length === width && fits(columns)) ?? null

const MOST_COLUMNS = 12
const ASIN = /^(B0[0-9A-Z]{8}|\d{9}[\dX])$/
const REVIEWER = /^A[0-9A-Z]{10,20}$/

function has(column: ColumnFacts | undefined, pattern: RegExp): boolean {
  const values = (column?.values ?? []).filter((value) => value !== null).slice(0, 50)
  return values.length > 0 && values.every((value) => pattern.test(value))
}

/** Whether a column can have identities: not a position, amount, flag, agent or address. */
function isIdentity(column: ColumnFacts): boolean {
  if (
    column.isIndex ||
    column.lists !== null ||
    column.filled * 2 < column.rows ||
    isConstant(column)
  )
    return false
  if (column.numeric === 1 && !column.isWhole) return false
  if (yesOf(column) !== null || column.meanLength > 80) return false
  if (has(column, /mozilla|^\d{1,3}\.\d{1,3}\.|:\/\//i)) return false
  // At most ten numbers are ratings or codes.
  const { numeric, greatest, distinct, rows } = column
  if (rows >= ENOUGH_ROWS && numeric === 1 && greatest <= 10 && distinct <= 11) return false
  // Few values can be identities if they are letters with a number, but not plain words or symbols.
  const fewest = has(column, /^\p{L}+[_-]?\d+$/u) ? 3 : 5
  return rows < ENOUGH_ROWS || distinct >= fewest
}

const choice = (
  part: 'user' | 'item',
  { name, distinct, rows }: ColumnFacts,
  why: string,
): IdentityChoice => ({
  identity: name,
  columns: [name],
  guess: { part, isSure: false, says: `${name}: ${distinct} different in ${rows} rows; ${why}` },
})

export function chooseByOrder(
  columns: readonly ColumnFacts[],
  /** Columns that other parts use: times and lists. */
  taken: ReadonlySet<string>,
): { user: IdentityChoice; item: IdentityChoice | null } | null {
  // A wide table without a time is a table of features, where positions mean nothing.
  if (columns.length > MOST_COLUMNS && columns.every(({ times }) => times === null)) return null
  // A row key in the first column, without a time: a catalogue.
  const [first] = columns
  const isTimeless = columns.every(({ times }) => times === null)
  if (taken.size === 0 && isTimeless && first && (first.isIndex || isKeyOfRows(first))) return null
  const free = columns.filter((column) => !taken.has(column.name) && isIdentity(column))
  const reviewer = free.find((column) => has(column, REVIEWER))
  const asin = free.find((column) => has(column, ASIN))
  if (reviewer && asin) {
    const why = 'its values have the form of Amazon’s ids'
    return { user: choice('user', reviewer, why), item: choice('item', asin, why) }
  }
  // A row key is neither user nor item, unless no other column is left.
  const repeating = free.filter((column) => !isKeyOfRows(column))
  const [user = free[0]] = repeating
  if (!user) return null
  const item =
    repeating.find((column) => column !== user) ??
    free.find((column) => column !== user && column.place === user.place + 1)
  const why = 'chosen by the usual order, not by a name'
  return { user: choice('user', user, why), item: item ? choice('item', item, why) : null }
}

/** User and item by a log's known order, without empty columns. */
export function chooseByKnown(
  { name, user, item }: KnownOrder,
  columns: readonly ColumnFacts[],
): { user: IdentityChoice; item: IdentityChoice } {
  const choose = (part: 'user' | 'item', identity: Identity): IdentityChoice => {
    const places =
      typeof identity === 'object' && 'firstOf' in identity ? identity.firstOf : [identity]
    const filled = columns.filter((one) => places.includes(one.name) && one.filled > 0)
    const names = filled.map((one) => one.name)
    return {
      identity: names.length > 1 ? { firstOf: names } : names[0]!,
      columns: names,
      guess: {
        part,
        isSure: false,
        says: `${names.join(', else ')}: at the position that ${name} use`,
      },
    }
  }
  return { user: choose('user', user), item: choose('item', item) }
}
