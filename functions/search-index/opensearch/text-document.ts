import type { SearchDefinition } from '../../contract/search.ts'
import type { Analyzers } from '../analysis/analyzer.ts'
import type { Token } from '../analysis/token.ts'
import { documentOf, fieldText, type StatementRow, storedOf } from '../documents.ts'
import type { Version } from '../version.ts'
import { termsText } from './analyzers.ts'
import { filterName, ID_PATH, STORED_PATH } from './names.ts'

/** A statement as a search server takes it. */
export interface TextDocument {
  id: string
  version: Version
  /** Null: the document is gone. */
  content: {
    /** One text a field, for the server's analysis. A field that is absent or empty is lacking. */
    fields: Readonly<Record<string, string>>
    /** Values by attribute. */
    filters: Readonly<Record<string, readonly string[]>>
    /** Finite numbers by attribute. */
    numbers: Readonly<Record<string, number>>
    /** JSON text. It is sent as it is. */
    stored: string
  } | null
}

const named = <T>(values: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [filterName(name), value]))

export const tokensText = (tokens: readonly Token[]): string =>
  termsText(
    tokens.map(({ term }) => term),
    tokens.map(({ position }) => position),
  )

/** The JSON that the mapping of `index-template.ts` describes, in one line. */
export function sourceOf(id: string, content: NonNullable<TextDocument['content']>): string {
  const present = Object.entries(content.fields).filter(([, text]) => text !== '')
  const indexed = JSON.stringify({
    [ID_PATH]: id,
    fields: Object.fromEntries(present),
    filters: named(content.filters),
    numbers: named(content.numbers),
  })
  return `${indexed.slice(0, -1)},"${STORED_PATH}":${content.stored.replaceAll('\n', ' ')}}`
}

/**
 * One statement as the server takes it: what our own index has of it, with texts in place of tokens. With
 * `analyzers`, for an index of `terms: 'ours'`, a text is the terms that they make.
 */
export function textDocumentOf(
  search: SearchDefinition,
  row: StatementRow,
  analyzers?: Analyzers,
): TextDocument {
  const unread = Object.fromEntries(Object.keys(search.fields).map((field) => [field, () => []]))
  const { id, version, content } = documentOf(search, analyzers ?? unread, row)
  if (!content) return { id, version, content }
  const stored = storedOf(row)
  const textOf = (field: string, from: string): string =>
    analyzers ? tokensText(content.fields[field]!) : fieldText(stored, from)
  const texts = Object.entries(search.fields).map(([field, { from }]) => [
    field,
    textOf(field, from),
  ])
  return { id, version, content: { ...content, fields: Object.fromEntries(texts) } }
}
