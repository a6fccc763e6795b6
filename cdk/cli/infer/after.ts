import { type ColumnFacts, isConstant } from './columns.ts'
import { rolesOf } from './names.ts'

/** That a column is filled in rows with an outcome alone is no chance where chance would be below this. */
const CHANCE = 0.1

const isEmpty = (value: string | null): boolean =>
  value === null || value.trim() === '' || /^(0(\.0+)?|false|no|-1)$/i.test(value.trim())

/** Whether a column has something only where the row has an outcome. */
function isOnlyWithOutcome({ name, values }: ColumnFacts, positives: readonly boolean[]): boolean {
  let filled = 0
  for (const [row, value] of values.entries()) {
    if (isEmpty(value)) continue
    if (!positives[row]) return false
    filled++
  }
  const rate = positives.filter(Boolean).length / positives.length
  // What is named as a deed needs no more than to be seen.
  return filled > 0 && (rate ** filled < CHANCE || /^is[_A-Z]/.test(name))
}

/** Whether a column of few values tells the outcome of every row: its opposite, or a copy of it. */
function tells({ values, distinct }: ColumnFacts, positives: readonly boolean[]): boolean {
  if (distinct > 10) return false
  const seen = new Map<string, boolean>()
  const outcomes = new Set<boolean>()
  for (const [row, value] of values.entries()) {
    const key = value ?? ''
    const outcome = positives[row]!
    if (seen.has(key) && seen.get(key) !== outcome) return false
    seen.set(key, outcome)
    outcomes.add(outcome)
  }
  return outcomes.size === 2 && seen.size > 1
}

/**
 * Columns that can be known only after the impression: what they say has come with the outcome, or
 * their name says that somebody wrote it then. As context they would give the answer away.
 */
export function knownAfter(
  columns: readonly ColumnFacts[],
  positives: readonly boolean[] | null,
): ColumnFacts[] {
  return columns.filter((column) => {
    if (isConstant(column) && column.missing.size === 0 && column.filled === column.rows)
      return false
    if (rolesOf(column.name).some(({ role }) => role === 'after')) return true
    return positives !== null && (isOnlyWithOutcome(column, positives) || tells(column, positives))
  })
}
