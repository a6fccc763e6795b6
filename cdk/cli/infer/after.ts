import { type ColumnFacts, isConstant } from './columns.ts'
import { rolesOf } from './names.ts'

/** A column that is filled only in rows with an outcome is no coincidence below this probability. */
const CHANCE = 0.1

const isEmpty = (value: string | null): boolean =>
  value === null || value.trim() === '' || /^(0(\.0+)?|false|no|-1)$/i.test(value.trim())

/** Whether a column has values only in rows with an outcome. */
function isOnlyWithOutcome({ name, values }: ColumnFacts, positives: readonly boolean[]): boolean {
  let filled = 0
  for (const [row, value] of values.entries()) {
    if (isEmpty(value)) continue
    if (!positives[row]) return false
    filled++
  }
  const rate = positives.filter(Boolean).length / positives.length
  // A column named like an action needs no statistics.
  return filled > 0 && (rate ** filled < CHANCE || /^is[_A-Z]/.test(name))
}

/** Whether a column of few values is a copy of the outcome, or its opposite. */
function revealsOutcome({ values, distinct }: ColumnFacts, positives: readonly boolean[]): boolean {
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
 * Columns that are known only after the impression, by their values or by their name. As context they
 * would leak the outcome.
 */
export function knownAfter(
  columns: readonly ColumnFacts[],
  positives: readonly boolean[] | null,
): ColumnFacts[] {
  return columns.filter((column) => {
    if (isConstant(column) && column.missing.size === 0 && column.filled === column.rows)
      return false
    if (rolesOf(column.name).some(({ role }) => role === 'after')) return true
    return (
      positives !== null &&
      (isOnlyWithOutcome(column, positives) || revealsOutcome(column, positives))
    )
  })
}
