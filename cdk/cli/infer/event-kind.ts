import { type ColumnFacts, fillOf } from './columns.ts'
import { codesOf, type Meaning, meaningsOf, outcomeNamed, slugOf } from './event-words.ts'
import { countOf, type KindChoice, type SceneOutcomes } from './kind-choice.ts'
import { rolesOf, strengthOf } from './names.ts'
import type { KnownOrder } from './usual-orders.ts'

type Meanings = ReadonlyMap<string, Meaning>
interface Candidate {
  column: ColumnFacts
  strength: number
  meanings: Meanings
  /** Values whose rows name no item. */
  empty: ReadonlySet<string>
  /** For numeric values: whether a known public log defines them. */
  codes: 'none' | 'known' | 'unknown'
  score: number
}

const isNumbers = (values: readonly string[]): boolean =>
  values.every((value) => /^-?\d+$/.test(value.trim()))
const isMeaningful = (meaning: Meaning | undefined): boolean =>
  meaning?.kind === 'impression' || meaning?.kind === 'outcome'

/** Scores a column of few numbers as event codes. Only its name can show that it has them. */
function codedEvent(column: ColumnFacts, values: string[], strength: number): Candidate | null {
  if (strength < 3 || values.length < 2 || values.length > 12) return null
  const known = codesOf(column.name, values)
  const meanings =
    known ?? new Map(values.map((value): [string, Meaning] => [value, { kind: 'unknown' }]))
  const codes = known ? 'known' : 'unknown'
  return { column, strength, meanings, empty: new Set(), codes, score: 1 }
}

/** Scores a column of few values as event types, with the meaning of each value. */
function eventOf(column: ColumnFacts, item: ColumnFacts | undefined): Candidate | null {
  if (column.counts.size === 0 || column.distinct > 40 || fillOf(column) < 0.9) return null
  const strength = strengthOf(column.name, 'event')
  const values = [...column.counts.keys()]
  if (isNumbers(values)) return codedEvent(column, values, strength)
  if (column.meanLength > 40) return null
  // If all rows are ratings, the rating decides what each row is.
  if (values.length === 1 && outcomeNamed(slugOf(values[0]!)) === 'rating') return null
  // The type of another thing (`item_type`) is not an event type.
  if (strength === 0 && rolesOf(column.name).length > 0) return null
  const empty = withoutItem(column, item)
  const meanings = meaningsOf(values.filter((value) => !empty.has(value)))
  const meaningful = values.filter((value) => isMeaningful(meanings.get(value)))
  const share = countOf(column, meaningful) / Math.max(1, column.filled)
  const isVaried = meaningful.length > 1 || (meaningful.length === 1 && strength >= 3)
  const isEnough = strength > 0 ? share > 0.05 : meaningful.length === values.length
  if (!isVaried || !isEnough)
    return strength === 3 && meaningful.length === 0 && values.length > 1 && values.length <= 24
      ? { column, strength, meanings, empty, codes: 'unknown', score: 0.5 }
      : null
  const score = share + strength / 3 + (meaningful.length > 1 ? 0.5 : 0)
  return { column, strength, meanings, empty, codes: 'none', score }
}

/** Values of the event column whose rows mostly have no item, while other rows have one. */
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

/** The values in the lists of a mapping. */
function listsOf({ column, meanings, codes }: Candidate) {
  const kinds = {
    column: column.name,
    impressions: [] as string[],
    outcomes: {} as Record<string, string>,
    ignored: [] as string[],
  }
  const values = [...column.counts.keys()]
  if (codes === 'unknown') return { ...kinds, impressions: [values[0]!], ignored: values.slice(1) }
  for (const value of values) {
    const meaning = meanings.get(value)
    if (meaning?.kind === 'impression') kinds.impressions.push(value)
    else if (meaning?.kind === 'outcome') kinds.outcomes[value] = meaning.outcome
    else kinds.ignored.push(value)
  }
  return kinds
}

function saysOf(
  { column, empty, codes }: Candidate,
  { impressions, outcomes, ignored }: ReturnType<typeof listsOf>,
  item: ColumnFacts | undefined,
): string {
  const counted = (value: string): string => `${value} (${column.counts.get(value)})`
  const named = ([value, outcome]: [string, string]): string =>
    slugOf(value) === outcome ? counted(value) : `${counted(value)} as ${outcome}`
  const parts = [
    `impressions are ${impressions.map(counted).join(', ') || 'none'}`,
    `outcomes ${Object.entries(outcomes).map(named).join(', ') || 'none'}`,
    `ignored ${ignored.map(counted).join(', ') || 'none'}`,
  ]
  if (empty.size > 0)
    parts.push(`${[...empty].join(', ')}: most of these rows have no item in ${item!.name}`)
  if (codes === 'unknown')
    parts.push('no value is a known word, so the most frequent is read as the impression')
  if (codes === 'known') parts.push('read with the codes of a public log that has the same values')
  return `${column.name}: ${parts.join('; ')}`
}

/** The event column of a known log, or the best candidates. */
function candidatesOf(
  columns: readonly ColumnFacts[],
  item: ColumnFacts | undefined,
  known: KnownOrder | null,
): Candidate[] {
  const column = known?.event && columns.find(({ place }) => place === known.event!.place)
  if (column) {
    const { codes } = known.event!
    const meanings = codes ?? meaningsOf([...column.counts.keys()])
    return [{ column, strength: 1, meanings, empty: new Set(), codes: 'known', score: 1 }]
  }
  return columns
    .map((one) => eventOf(one, item))
    .filter((candidate) => candidate !== null)
    .sort((a, b) => b.score - a.score)
}

/** A column has the event type of each row. */
export function byEvent(
  columns: readonly ColumnFacts[],
  scene: SceneOutcomes,
  item: ColumnFacts | undefined,
  known: KnownOrder | null,
): KindChoice | null {
  const [best, second] = candidatesOf(columns, item, known)
  if (!best) return null
  const { column, meanings, codes, strength } = best
  const kinds = listsOf(best)
  const outcomes = new Map<string, number>()
  for (const [value, outcome] of Object.entries(kinds.outcomes))
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + countOf(column, [value]))
  const isClose = second !== undefined && second.score > best.score - 0.3
  const isClear =
    codes === 'none' && strength > 0 && kinds.ignored.length === 0 && !isClose && meanings.size > 1
  const may = isClose ? `; ${second.column.name} may be meant` : ''
  return {
    mapping: { event: kinds },
    columns: [column.name],
    guesses: [
      {
        part: 'event',
        isSure: isClear && kinds.impressions.length > 0 && outcomes.has(scene.objective),
        says: `${saysOf(best, kinds, item)}${may}`,
      },
    ],
    outcomes,
    hasImpressions: kinds.impressions.length > 0,
    positives: null,
  }
}
