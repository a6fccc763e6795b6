import type { Mapping } from '../../contract/mapping.ts'
import type { Scene } from '../../contract/scene.ts'
import { Flaw } from '../json-record.ts'
import { plainNumber, textBy } from './mapped-cells.ts'
import { type Cell, numberOrNone } from './table.ts'

/** The meaning of a row: an impression, named outcomes, both, or nothing. */
export interface RowKind {
  isImpression: boolean
  outcomes: readonly string[]
}
type KindOf = (cell: Cell) => RowKind | Flaw

const kind = (isImpression: boolean, ...outcomes: string[]): RowKind => ({ isImpression, outcomes })
const NOTHING = kind(false)
const IMPRESSION = kind(true)

/** By a column of event types. */
function byEvent(event: NonNullable<Mapping['event']>): KindOf {
  const kinds = new Map<string, RowKind>([
    ...event.ignored.map((value) => [value, NOTHING] as const),
    ...event.impressions.map((value) => [value, IMPRESSION] as const),
    ...Object.entries(event.outcomes).map(([value, name]) => [value, kind(false, name)] as const),
  ])
  const { others } = event
  const column = typeof event.column === 'string' ? event.column : event.column.column
  const textOf = textBy(event.column)
  return (cell) => {
    const value = textOf(cell) ?? ''
    const found = kinds.get(value) ?? kinds.get(value.trim())
    if (found) return found
    if (others === 'ignored') return NOTHING
    return new Flaw(
      'unknown_event_type',
      `${column}: got ${JSON.stringify(value.slice(0, 40))}, expected one of ${[...kinds.keys()].join(', ')}`,
    )
  }
}

type Label = Exclude<NonNullable<Mapping['label']>, readonly unknown[]>

/** Whether a row has the label's outcome. */
function byLabel({ column, positive, atLeast }: Label, decimal: Mapping['decimal']) {
  const positives = new Set(positive?.map((value) => value.trim()))
  return (cell: Cell): boolean | Flaw => {
    const text = cell(column) ?? ''
    if (atLeast === undefined) return positives.has(text.trim())
    const number = numberOrNone(column, plainNumber(text, decimal))
    return typeof number === 'object' ? number : (number ?? Number.NEGATIVE_INFINITY) >= atLeast
  }
}

/** Each row is an impression, with an outcome for each positive label. */
function byLabels(
  labels: readonly Label[],
  objective: string,
  decimal: Mapping['decimal'],
): KindOf {
  const tests = labels.map(
    (label) => [label.outcome ?? objective, byLabel(label, decimal)] as const,
  )
  return (cell) => {
    const outcomes: string[] = []
    for (const [outcome, has] of tests) {
      const found = has(cell)
      if (typeof found === 'object') return found
      if (found) outcomes.push(outcome)
    }
    return kind(true, ...outcomes)
  }
}

/** How a mapping decides the meaning of a row. */
export function openRowKinds(mapping: Mapping, { objective }: Scene): KindOf {
  const { event, label, everyRow, decimal } = mapping
  if (event) return byEvent(event)
  if (label) return byLabels([label].flat(), objective, decimal)
  const always = everyRow === undefined ? IMPRESSION : kind(false, everyRow)
  return () => always
}
