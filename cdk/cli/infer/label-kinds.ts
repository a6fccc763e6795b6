import { type ColumnFacts, fillOf, percent, yesOf } from './columns.ts'
import { outcomeOfLabel, outcomeOfNames } from './event-words.ts'
import type { Guess } from './guess.ts'
import { countOf, type KindChoice, type SceneOutcomes } from './kind-choice.ts'
import { isLabelName } from './label-names.ts'
import { partsOf, rolesOf, strengthOf } from './names.ts'

/** Yes-or-no columns named like an outcome. The objective's columns come first. */
function labelColumns(
  columns: readonly ColumnFacts[],
  { objective }: SceneOutcomes,
): ColumnFacts[] {
  return columns
    .filter(
      (column) =>
        column.filled > 0 &&
        isLabelName(column.name) &&
        yesOf(column) !== null &&
        fillOf(column) > 0.5,
    )
    .sort((a, b) => rank(a, objective) - rank(b, objective) || a.place - b.place)
}
const rank = ({ name }: ColumnFacts, objective: string): number => {
  const outcome = outcomeOfLabel(name)
  return outcome === objective ? 0 : outcome === null ? 1 : 2
}

/** Each row is an impression, with an outcome for each positive label. */
export function byLabels(columns: readonly ColumnFacts[], scene: SceneOutcomes): KindChoice | null {
  const found = labelColumns(columns, scene)
  if (found.length === 0) return null
  const outcomes = new Map<string, number>()
  const labels: { column: string; positive: string[]; outcome?: string }[] = []
  const guesses: Guess[] = []
  const used: string[] = []
  const repeated = new Set<string>()
  const rows: boolean[] = columns[0]!.values.map(() => false)
  for (const column of found.slice(0, 16)) {
    const outcome = outcomeOfLabel(column.name) ?? scene.objective
    used.push(column.name)
    if (outcomes.has(outcome)) {
      repeated.add(outcome)
      continue
    }
    const yes = yesOf(column)!
    const positive = yes.length > 0 ? yes : ['1']
    const count = countOf(column, yes)
    outcomes.set(outcome, count)
    labels.push({
      column: column.name,
      positive,
      ...(outcome !== scene.objective && { outcome }),
    })
    const set = new Set(yes)
    for (const [row, value] of column.values.entries())
      if (value !== null && set.has(value)) rows[row] = true
    const seen = yes.length > 0 ? positive.join(', ') : '1, which is not in the sample,'
    guesses.push({
      part: 'label',
      isSure: yes.length > 0 && yes.length < column.distinct,
      says: `${column.name}: ${seen} is the outcome ${outcome}, in ${percent(count / Math.max(1, column.rows))} of the rows`,
    })
  }
  // Two columns have the same outcome, and it is open which one is meant.
  const isOpen = (label: { outcome?: string }) => repeated.has(label.outcome ?? scene.objective)
  return {
    mapping: { label: labels.length === 1 ? labels[0]! : labels },
    columns: used,
    guesses: guesses.map((guess, i) => (isOpen(labels[i]!) ? { ...guess, isSure: false } : guess)),
    outcomes,
    hasImpressions: true,
    positives: rows,
  }
}

/** The only yes-or-no column, if its name is not an outcome's. */
export function byOnlyYes(
  columns: readonly ColumnFacts[],
  scene: SceneOutcomes,
): KindChoice | null {
  const able = columns.filter(
    (column) =>
      yesOf(column) !== null &&
      column.distinct === 2 &&
      fillOf(column) > 0.9 &&
      !partsOf(column.name).words.some((word) => strengthOf(word, 'session') > 0) &&
      !rolesOf(column.name).some(({ role }) =>
        /Attribute|context|user|item|after|position/.test(role),
      ),
  )
  const [only] = able
  if (!only || able.length > 1) return null
  const yes = yesOf(only)!
  const set = new Set(yes)
  return {
    mapping: { label: { column: only.name, positive: yes } },
    columns: [only.name],
    guesses: [
      {
        part: 'label',
        isSure: false,
        says: `${only.name}: the only column of yes and no; ${yes.join(', ')} is read as the outcome ${scene.objective}`,
      },
    ],
    outcomes: new Map([[scene.objective, countOf(only, yes)]]),
    hasImpressions: true,
    positives: only.values.map((value) => value !== null && set.has(value)),
  }
}

/** No column has an event type or label: every row is an outcome. */
export function byEveryRow(
  names: readonly string[],
  rows: number,
  scene: SceneOutcomes,
): KindChoice {
  const named = outcomeOfNames(names)
  const outcome = named ?? scene.objective
  return {
    mapping: { everyRow: outcome },
    columns: [],
    guesses: [
      {
        part: 'every row',
        isSure: false,
        says: `no column has an event type: every row is read as the outcome ${outcome}${named ? ', which its names contain' : ''}, and negatives are drawn from items that were not chosen`,
      },
    ],
    outcomes: new Map([[outcome, rows]]),
    hasImpressions: false,
    positives: null,
  }
}
