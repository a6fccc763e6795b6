import type { Attributes } from '../contract/attributes.ts'
import type { EntityRow } from '../contract/rows.ts'
import type { SearchDefinition } from '../contract/search.ts'
import { canonicalJson } from '../core/digest.ts'
import type { Analyzers } from './analysis/analyzer.ts'
import type { FieldTerms, FieldText, IndexedDocument } from './segment/types.ts'
import type { StoredDocument } from './stored-document.ts'
import { compareVersions } from './version.ts'

/** The columns of a clean statement that an index reads. */
export const STATEMENT_COLUMNS = [
  'id',
  'knowableMs',
  'attributes',
  'title',
  'text',
  'drop',
  'row',
] as const satisfies (keyof EntityRow)[]
export type StatementRow = Pick<EntityRow, (typeof STATEMENT_COLUMNS)[number]>

type Value = Attributes[string] | undefined

/** A list is one text of several lines, so that no phrase runs from one value into the next by chance of order. */
const textOf = (value: Value): string =>
  value === undefined ? '' : Array.isArray(value) ? value.join('\n') : String(value)
const textsOf = (value: Value): string[] =>
  value === undefined
    ? []
    : [...new Set(Array.isArray(value) ? value : [String(value)])]
        .filter((text) => text !== '')
        .sort()
/** A text in place of a number is no number: the document lacks it. */
const numberOf = (value: Value): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null

/** What a statement stores. */
export const storedOf = ({ title, text, attributes }: StatementRow): StoredDocument => ({
  ...(title ? { title } : {}),
  ...(text ? { text } : {}),
  attributes: JSON.parse(attributes) as Attributes,
})

/** The text of a field, by its `from`. */
export function fieldText({ title, text, attributes }: StoredDocument, from: string): string {
  if (from === 'title') return title ?? ''
  if (from === 'text') return text ?? ''
  return textOf(attributes[from.slice('attributes.'.length)])
}

/** Whether a statement with these attributes (JSON) takes its document out of the index. */
export const takesOut = ({ goneIf }: SearchDefinition, attributes: string): boolean =>
  goneIf !== undefined && (JSON.parse(attributes) as Attributes)[goneIf] === true

/** What a document has of a field's text. */
type ReadField<Terms> = (text: string) => Terms

/**
 * One statement as the index holds it, with what `readers` make of each field's text: the analyzers make tokens.
 * Only what the definition names is indexed; all of it is stored.
 */
export function documentOf<Terms extends FieldTerms>(
  search: SearchDefinition,
  readers: Readonly<Record<string, ReadField<Terms>>>,
  row: StatementRow,
): IndexedDocument<Terms> {
  const { id, knowableMs, drop } = row
  const version = { knowableMs, drop, row: row.row }
  if (takesOut(search, row.attributes)) return { id, version, content: null }
  const stored = storedOf(row)
  const { attributes } = stored
  const fields = Object.entries(search.fields).map(([field, { from }]) => [
    field,
    readers[field]!(fieldText(stored, from)),
  ])
  const numbers = search.numbers.flatMap((name) => {
    const value = numberOf(attributes[name])
    return value === null ? [] : [[name, value]]
  })
  return {
    ...{ id, version },
    content: {
      fields: Object.fromEntries(fields),
      filters: Object.fromEntries(search.filters.map((name) => [name, textsOf(attributes[name])])),
      numbers: Object.fromEntries(numbers),
      stored: canonicalJson(stored),
    },
  }
}

/** Leaves the texts to the writer of the segment, which makes no object for each of their words. */
export const textReaders = (analyzers: Analyzers): Record<string, ReadField<FieldText>> =>
  Object.fromEntries(
    Object.entries(analyzers).map(([field, analyzer]) => [field, (text) => ({ text, analyzer })]),
  )

/** The newest statement about each document. Any order of rows gives the same ones. */
export function newestStatements(rows: readonly StatementRow[]): StatementRow[] {
  const newest = new Map<string, StatementRow>()
  for (const row of rows) {
    const known = newest.get(row.id)
    if (!known || compareVersions(row, known) > 0) newest.set(row.id, row)
  }
  return [...newest.values()]
}
