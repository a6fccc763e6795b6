import { type ColumnFacts, ENOUGH_ROWS, isConstant, isKeyOfRows, yesOf } from './columns.ts'
import type { IdentityChoice } from './identities.ts'

/**
 * Who and what in a log that names no column: the user stands first nearly always, then the item
 * (Taobao's user, item, category, behaviour, time; MovieLens' user, item, rating, time).
 */

/** Columns of logs that are known by their width and by where their time is. */
const KNOWN = [
  {
    name: 'iPinYou',
    width: 24,
    fits: (columns: readonly ColumnFacts[]) => has(columns[1], /^\d{17}$/),
    user: 3,
    item: 18,
  },
  {
    name: 'Last.fm',
    width: 6,
    fits: (columns: readonly ColumnFacts[]) =>
      has(columns[1], /^\d{4}-\d\d-\d\dT/) && has(columns[0], /^user_/),
    user: 0,
    item: 4,
  },
] as const

const ASIN = /^(B0[0-9A-Z]{8}|\d{9}[\dX])$/
const REVIEWER = /^A[0-9A-Z]{10,20}$/

function has(column: ColumnFacts | undefined, pattern: RegExp): boolean {
  const values = (column?.values ?? []).filter((value) => value !== null).slice(0, 50)
  return values.length > 0 && values.every((value) => pattern.test(value))
}

/** Whether a column can be of identities: not a place, an amount, a yes, an agent or an address. */
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
  return column.rows < ENOUGH_ROWS || column.distinct >= 5
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
  /** Columns of another part: times and lists. */
  taken: ReadonlySet<string>,
): { user: IdentityChoice; item: IdentityChoice | null } | null {
  const known = KNOWN.find(({ width, fits }) => columns.length === width && fits(columns))
  if (known) {
    const why = `stands where ${known.name} has it`
    return {
      user: choice('user', columns[known.user]!, why),
      item: choice('item', columns[known.item]!, why),
    }
  }
  const free = columns.filter((column) => !taken.has(column.name) && isIdentity(column))
  const reviewer = free.find((column) => has(column, REVIEWER))
  const asin = free.find((column) => has(column, ASIN))
  if (reviewer && asin) {
    const why = 'its values are of the kind that Amazon uses'
    return { user: choice('user', reviewer, why), item: choice('item', asin, why) }
  }
  // A key of rows is neither, but for one that stands where nothing else does.
  const repeating = free.filter((column) => !isKeyOfRows(column))
  const [user = free[0]] = repeating
  if (!user) return null
  const item =
    repeating.find((column) => column !== user) ??
    free.find((column) => column !== user && column.place === user.place + 1)
  const why = 'by the usual order, no name says so'
  return { user: choice('user', user, why), item: item ? choice('item', item, why) : null }
}
