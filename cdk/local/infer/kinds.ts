import type { Mapping } from '../../../functions/contract/mapping.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { type ColumnFacts, fillOf, percent, yesOf } from './columns.ts'
import {
  type Meaning,
  meaningsOf,
  outcomeNamed,
  outcomeOfLabel,
  outcomeOfNames,
  slugOf,
} from './event-words.ts'
import type { Guess } from './guess.ts'
import { isLabelName, rolesOf, strengthOf } from './names.ts'

/** What a row is: the part of the mapping that says so, and the outcomes that the log has. */
export interface KindChoice {
  mapping: Pick<Mapping, 'label' | 'everyRow'> | { event: Partial<Mapping['event']> } | object
  columns: string[]
  guesses: Guess[]
  /** Outcome → rows that have it. */
  outcomes: Map<string, number>
  hasImpressions: boolean
  /** Rows that have an outcome, where each row is an impression. */
  positives: boolean[] | null
}
type SceneOutcomes = Pick<Scene, 'objective' | 'outcomes'>

const isOne = (column: ColumnFacts): boolean => column.filled > 0
const countOf = (column: ColumnFacts, values: readonly string[]): number =>
  values.reduce((sum, value) => sum + (column.counts.get(value) ?? 0), 0)

/** Columns of yes and no that are called as an outcome is, the objective's first. */
function labelColumns(
  columns: readonly ColumnFacts[],
  { objective }: SceneOutcomes,
): ColumnFacts[] {
  return columns
    .filter(
      (column) =>
        isOne(column) && isLabelName(column.name) && yesOf(column) !== null && fillOf(column) > 0.5,
    )
    .sort((a, b) => rank(a, objective) - rank(b, objective) || a.place - b.place)
}
const rank = ({ name }: ColumnFacts, objective: string): number => {
  const outcome = outcomeOfLabel(name)
  return outcome === objective ? 0 : outcome === null ? 1 : 2
}

function byLabels(columns: readonly ColumnFacts[], scene: SceneOutcomes): KindChoice | null {
  const found = labelColumns(columns, scene)
  if (found.length === 0) return null
  const outcomes = new Map<string, number>()
  const labels: { column: string; positive: string[]; outcome?: string }[] = []
  const guesses: Guess[] = []
  const used: string[] = []
  const rows: boolean[] = columns[0]!.values.map(() => false)
  for (const column of found.slice(0, 16)) {
    const outcome = outcomeOfLabel(column.name) ?? scene.objective
    used.push(column.name)
    if (outcomes.has(outcome)) continue
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
    const seen = yes.length > 0 ? positive.join(', ') : '1, which the sample has not,'
    guesses.push({
      part: 'label',
      isSure: yes.length > 0 && yes.length < column.distinct,
      says: `${column.name}: ${seen} is the outcome ${outcome}, in ${percent(count / Math.max(1, column.rows))} of the rows`,
    })
  }
  return {
    mapping: { label: labels.length === 1 ? labels[0]! : labels },
    columns: used,
    guesses,
    outcomes,
    hasImpressions: true,
    positives: rows,
  }
}

/** How much a column of few values looks like one of event types, and what its values mean. */
function eventOf(column: ColumnFacts, item: ColumnFacts | undefined) {
  if (column.counts.size === 0 || column.distinct > 40 || fillOf(column) < 0.9) return null
  const strength = strengthOf(column.name, 'event')
  const values = [...column.counts.keys()]
  const isCodes = values.every((value) => /^-?\d+$/.test(value.trim()))
  if (isCodes ? strength < 3 || values.length < 2 || values.length > 12 : column.meanLength > 40)
    return null
  const empty = isCodes ? new Set<string>() : withoutItem(column, item)
  const meanings = isCodes
    ? new Map<string, Meaning>(values.map((value) => [value, { kind: 'unknown' }]))
    : meaningsOf(values.filter((value) => !empty.has(value)))
  const known = values.filter((value) => /impression|outcome/.test(meanings.get(value)?.kind ?? ''))
  // A constant that says that all rows are ratings leaves it to the rating what each is.
  if (values.length === 1 && outcomeNamed(slugOf(values[0]!)) === 'rating') return null
  const share = countOf(column, known) / Math.max(1, column.filled)
  const isVaried = known.length > 1 || (known.length === 1 && strength >= 3)
  if (
    !isCodes &&
    !(isVaried && (strength > 0 ? share > 0.05 : share > 0.9 && known.length === values.length))
  )
    return null
  // One of another thing's kinds (`item_type`) is none of what was done.
  if (strength === 0 && rolesOf(column.name).length > 0 && !/^column_\d+$/.test(column.name))
    return null
  return {
    column,
    strength,
    meanings,
    empty,
    isCodes,
    share,
    score: share + strength / 3 + (known.length > 1 ? 0.5 : 0),
  }
}

/** Values of the event column whose rows, mostly, name no item where the others do. */
function withoutItem(column: ColumnFacts, item: ColumnFacts | undefined): Set<string> {
  if (!item) return new Set()
  const filled = new Map<string, number>()
  for (const [row, value] of column.values.entries())
    if (value !== null && item.values[row] !== null) filled.set(value, (filled.get(value) ?? 0) + 1)
  return new Set(
    [...column.counts]
      .filter(([value, count]) => (filled.get(value) ?? 0) < 0.2 * count)
      .map(([value]) => value),
  )
}

function byEvent(
  columns: readonly ColumnFacts[],
  scene: SceneOutcomes,
  item: ColumnFacts | undefined,
): KindChoice | null {
  const found = columns
    .map((column) => eventOf(column, item))
    .filter((candidate) => candidate !== null)
    .sort((a, b) => b.score - a.score)
  const [best, second] = found
  if (!best) return null
  const { column, meanings, empty } = best
  const kinds = {
    column: column.name,
    impressions: [] as string[],
    outcomes: {} as Record<string, string>,
    ignored: [] as string[],
  }
  const outcomes = new Map<string, number>()
  const unknown: string[] = []
  for (const value of column.counts.keys()) {
    const meaning = meanings.get(value) ?? { kind: 'other' }
    if (meaning.kind === 'unknown') unknown.push(value)
    if (meaning.kind === 'impression') kinds.impressions.push(value)
    else if (meaning.kind === 'outcome') {
      kinds.outcomes[value] = meaning.outcome
      outcomes.set(meaning.outcome, (outcomes.get(meaning.outcome) ?? 0) + countOf(column, [value]))
    } else kinds.ignored.push(value)
  }
  if (best.isCodes) {
    const [first, ...rest] = [...column.counts.keys()]
    kinds.impressions = [first!]
    kinds.ignored = rest
  }
  const counted = (value: string): string => `${value} (${column.counts.get(value)})`
  const said = [
    `impressions are ${kinds.impressions.map(counted).join(', ') || 'none'}`,
    `outcomes ${
      Object.entries(kinds.outcomes)
        .map(([value, outcome]) =>
          slugOf(value) === outcome ? counted(value) : `${counted(value)} as ${outcome}`,
        )
        .join(', ') || 'none'
    }`,
    `ignored ${kinds.ignored.map(counted).join(', ') || 'none'}`,
  ]
  if (empty.size > 0) said.push(`${[...empty].join(', ')} names no item in ${item!.name}`)
  if (best.isCodes) said.push('numbers name no event: look up what they stand for')
  const isClose = second !== undefined && second.score > best.score - 0.3
  const isWhole = unknown.length === 0 && kinds.ignored.length === 0 && !isClose
  if (isClose) said.push(`${second.column.name} may be meant`)
  return {
    mapping: { event: kinds },
    columns: [column.name],
    guesses: [
      {
        part: 'event',
        isSure:
          isWhole &&
          !best.isCodes &&
          best.strength > 0 &&
          kinds.impressions.length > 0 &&
          outcomes.has(scene.objective),
        says: `${column.name}: ${said.join('; ')}`,
      },
    ],
    outcomes,
    hasImpressions: kinds.impressions.length > 0,
    positives: null,
  }
}

/** From where on a rating is a good one: four of five, seven of ten. */
const likedFrom = (greatest: number): number =>
  greatest <= 1 ? 1 : greatest <= 5 ? 4 : greatest <= 10 ? 7 : Math.ceil(0.7 * greatest)

function isRating(column: ColumnFacts, isUnnamed: boolean): boolean {
  const { numeric, least, greatest, distinct } = column
  if (numeric < 1 || distinct < 2 || distinct > 101 || least < -10 || greatest > 100) return false
  if (!isUnnamed) return true
  return (
    distinct >= 3 &&
    distinct <= 11 &&
    least >= 0 &&
    greatest <= 10 &&
    greatest >= 3 &&
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
  // A value of an event that is a rating.
  const type = columns.find(
    (column) => strengthOf(column.name, 'event') === 3 && column.distinct === 1,
  )
  const graded = type && /^rat(e|ing)s?$/i.test([...type.counts.keys()][0] ?? '')
  const value = graded && columns.find(({ name }) => /value/i.test(name))
  if (value && isRating(value, false)) return { column: value, strength: 2, others: 0 }
  const [plain] = isHeaderless ? columns.filter((column) => isRating(column, true)) : []
  return plain ? { column: plain, strength: 0, others: 0 } : null
}

function byRating(
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
    column.least === 0 && column.greatest >= 5 ? '; 0 may mean that nothing was rated' : ''
  const unnamed = strength === 0 ? '; no name says so' : ''
  return {
    mapping: { label: { column: column.name, atLeast } },
    columns: [column.name],
    guesses: [
      {
        part: 'label',
        isSure: false,
        says: `${column.name}: ${column.least} to ${column.greatest}; from ${atLeast} on it is the outcome ${scene.objective}, in ${percent(count / Math.max(1, column.rows))} of the rows${zeros}${unnamed}`,
      },
    ],
    outcomes: new Map([[scene.objective, count]]),
    hasImpressions: true,
    positives: rows,
  }
}

/** A yes or no that no name calls an outcome, where it is the only one. */
function byOnlyYes(columns: readonly ColumnFacts[], scene: SceneOutcomes): KindChoice | null {
  const able = columns.filter(
    (column) =>
      yesOf(column) !== null &&
      column.distinct === 2 &&
      fillOf(column) > 0.9 &&
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
        says: `${only.name}: the only column of yes and no; ${yes.join(', ')} is taken for the outcome ${scene.objective}`,
      },
    ],
    outcomes: new Map([[scene.objective, countOf(only, yes)]]),
    hasImpressions: true,
    positives: only.values.map((value) => value !== null && set.has(value)),
  }
}

/** Nothing says what was done: every row is a deed. */
function byEveryRow(names: readonly string[], rows: number, scene: SceneOutcomes): KindChoice {
  const said = outcomeOfNames(names)
  const outcome = said ?? scene.objective
  return {
    mapping: { everyRow: outcome },
    columns: [],
    guesses: [
      {
        part: 'every row',
        isSure: false,
        says: `no column says what was done: every row is taken for the outcome ${outcome}${said ? ', as its names say' : ''}, and items that were not chosen are drawn as negatives`,
      },
    ],
    outcomes: new Map([[outcome, rows]]),
    hasImpressions: false,
    positives: null,
  }
}

export interface KindQuestion {
  /** Columns that no other part has. */
  columns: readonly ColumnFacts[]
  item: ColumnFacts | undefined
  scene: SceneOutcomes
  isHeaderless: boolean
  /** Of the file and of all columns. */
  names: readonly string[]
  rows: number
}

/** What a row is: by labels, by a column of event types, by stars, by the only yes or no; else a deed. */
export function chooseKind({
  columns,
  item,
  scene,
  isHeaderless,
  names,
  rows,
}: KindQuestion): KindChoice {
  const event = byEvent(columns, scene, item)
  const isNamedEvent = event !== null && event.outcomes.size > 0
  return (
    (isNamedEvent ? event : null) ??
    byLabels(columns, scene) ??
    event ??
    byRating(columns, scene, isHeaderless) ??
    byOnlyYes(columns, scene) ??
    byEveryRow(names, rows, scene)
  )
}
