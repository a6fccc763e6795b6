import type { SearchDefinition } from '../../contract/search.ts'
import { documentOf, fieldText, type StatementRow, storedOf } from '../documents.ts'
import type { Version } from '../version.ts'
import { filterName, ID_PATH, STORED_PATH } from './names.ts'

/** A statement as a search server takes it. The server analyses the texts. */
export interface TextDocument {
  id: string
  version: Version
  /** Null: the document is gone. */
  content: {
    /** One text a field. A field that is absent or empty is lacking. */
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

/** One statement as the server takes it: what the index of ours has of it, with texts in place of tokens. */
export function textDocumentOf(search: SearchDefinition, row: StatementRow): TextDocument {
  const unread = Object.fromEntries(Object.keys(search.fields).map((field) => [field, () => []]))
  const { id, version, content } = documentOf(search, unread, row)
  if (!content) return { id, version, content }
  const stored = storedOf(row)
  const texts = Object.entries(search.fields).map(([field, { from }]) => [
    field,
    fieldText(stored, from),
  ])
  return { id, version, content: { ...content, fields: Object.fromEntries(texts) } }
}
