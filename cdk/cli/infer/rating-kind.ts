import { type ColumnFacts, percent } from './columns.ts'
import type { KindChoice, SceneOutcomes } from './kind-choice.ts'
import { strengthOf } from './names.ts'

/** The lowest good rating: 4 of 5, 7 of 10. */
const likedFrom = (greatest: number): number =>
  greatest <= 1 ? 1 : greatest <= 5 ? 4 : greatest <= 10 ? 7 : Math.ceil(0.7 * greatest)

function isRating(column: ColumnFacts, isUnnamed: boolean): boolean {
  const { numeric, least, greatest, distinct } = column
  if (numeric < 0.98 || distinct < 2 || distinct > 101 || least < -10 || greatest > 100)
    return false
  if (!isUnnamed) return true
  return (
    distinct >= 4 &&
    distinct <= 11 &&
    least >= 0 &&
    greatest <= 10 &&
    greatest >= 4 &&
    !column.isIndex &&
    [...column.counts.keys()].every((value) => /^\d{1,2}(\.[05]0*)?$/.test(value.trim()))
  )
}

function ratingColumn(columns: readonly ColumnFacts[], isHeaderless: boolean) {
  const named = columns
    .map((column) => ({ column, strength: strengthOf(column.name, 'rating') }))
    .filter(({ column, strength }) => strength > 0 && isRating(column, false))
    .sort((a, b) => b.strength - a.strength || a.column.name.length - b.column.name.length)
  if (named[0]) return { ...named[0], others: named.length - 1 }
  // The value of a rating event.
  const type = columns.find(
    (column) => strengthOf(column.name, 'event') === 3 && column.distinct === 1,
  )
  const graded = type && /^rat(e|ing)s?$/i.test([...type.counts.keys()][0] ?? '')
  const value = graded && columns.find(({ name }) => /value/i.test(name))
  if (value && isRating(value, false)) return { column: value, strength: 2, others: 0 }
  const [plain] =
    isHeaderless && columns.length <= 4 ? columns.filter((column) => isRating(column, true)) : []
  return plain ? { column: plain, strength: 0, others: 0 } : null
}

/** Each row is an impression, with the objective if its rating is good. */
export function byRating(
  columns: readonly ColumnFacts[],
  scene: SceneOutcomes,
  isHeaderless: boolean,
): KindChoice | null {
  const found = ratingColumn(columns, isHeaderless)
  if (!found) return null
  const { column, strength } = found
  const atLeast = likedFrom(column.greatest)
  const rows = column.values.map((value) => value !== null && Number(value) >= atLeast)
  const count = rows.filter(Boolean).length
  const zeros =
    column.least === 0 && column.greatest >= 5 ? '; 0 may mean that there is no rating' : ''
  const unnamed = strength === 0 ? '; chosen by its values, not by its name' : ''
  return {
    mapping: { label: { column: column.name, atLeast } },
    columns: [column.name],
    guesses: [
      {
        part: 'label',
        isSure: false,
        says: `${column.name}: ${column.least} to ${column.greatest}; ${atLeast} and more is the outcome ${scene.objective}, in ${percent(count / Math.max(1, column.rows))} of the rows${zeros}${unnamed}`,
      },
    ],
    outcomes: new Map([[scene.objective, count]]),
    hasImpressions: true,
    positives: rows,
  }
}
