import type { Attributes } from '../contract/attributes.ts'
import { CHUNK_ATTRIBUTES } from '../contract/documents.ts'
import type { ChunkFacts } from '../graph/retrieval/ports.ts'
import type { StoredDocument } from '../search-index/stored-document.ts'

const textOf = (value: Attributes[string] | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null
const textsOf = (value: Attributes[string] | undefined): readonly string[] =>
  Array.isArray(value) ? value : typeof value === 'string' && value !== '' ? [value] : []
const placeOf = (value: Attributes[string] | undefined): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null

/**
 * What a stored item says and where it comes from. An item without the attributes of a chunk is its own document.
 * Null: it has no text.
 */
export function chunkFacts(
  id: string,
  { title, text, attributes }: StoredDocument,
): ChunkFacts | null {
  if (!text) return null
  const own = (name: string) => (Object.hasOwn(attributes, name) ? attributes[name] : undefined)
  const documentId = textOf(own(CHUNK_ATTRIBUTES.document))
  const start = placeOf(own(CHUNK_ATTRIBUTES.start))
  const end = placeOf(own(CHUNK_ATTRIBUTES.end))
  if (documentId === null || start === null || end === null || end < start)
    return {
      ...{ id, documentId: id, headings: title ? [title] : [], text },
      ...{ start: 0, end: text.length },
    }
  const documentTitle = textOf(own(CHUNK_ATTRIBUTES.documentTitle))
  return {
    ...{ id, documentId, ...(documentTitle !== null && { documentTitle }) },
    ...{ headings: textsOf(own(CHUNK_ATTRIBUTES.headings)), text, start, end },
  }
}
