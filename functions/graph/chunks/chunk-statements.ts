import type { Attributes } from '../../contract/attributes.ts'
import {
  CHUNK_ATTRIBUTES,
  type DocumentChunks,
  FORMAT_ATTRIBUTE,
  isDocumentFormat,
  MAX_CHUNKS,
} from '../../contract/documents.ts'
import { MAX_TITLE } from '../../contract/events.ts'
import { canonicalJson, sha256Hex } from '../../core/digest.ts'
import { InvalidInput } from '../../core/errors.ts'
import { cleanDocument } from '../documents/clean-document.ts'
import { type Chunk, chunkDocument } from './chunk-document.ts'

/** A document's statement. */
export interface StatedDocument {
  id: string
  knowableMs: number
  drop: string
  row: number
  title: string | null
  text: string | null
  attributes: Attributes
}

/** What the scene is told of an item that is a chunk. */
export interface ChunkStatement {
  id: string
  text: string
  attributes: Attributes
  /** 16 hex digits, of text and attributes. */
  digest: string
}

/** Attributes of a document that its chunks have, too, so that they filter: so many, and so short as JSON. */
const MAX_INHERITED = 64
const MAX_INHERITED_LENGTH = 256
/** A value of a list has at most so many characters. */
const MAX_VALUE = 256

const OWN = new Set<string>(Object.values(CHUNK_ATTRIBUTES))

const cut = (text: string, length: number): string => text.slice(0, length).toWellFormed()

function inheritedOf({ attributes }: StatedDocument, goneIf: string): Attributes {
  const inherited = Object.entries(attributes)
    .filter(([name]) => !OWN.has(name) && name !== FORMAT_ATTRIBUTE && name !== goneIf)
    .filter(([, value]) => JSON.stringify(value).length <= MAX_INHERITED_LENGTH)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(inherited.slice(0, MAX_INHERITED))
}

function statementOf(
  chunk: Chunk,
  order: number,
  title: string | null,
  inherited: Attributes,
): ChunkStatement {
  const { id, documentId, headings, text, words, start, end } = chunk
  const names = CHUNK_ATTRIBUTES
  const attributes: Attributes = {
    ...inherited,
    ...(headings.length > 0 && {
      [names.title]: cut(headings.join(' > '), MAX_TITLE),
      [names.headings]: headings.map((heading) => cut(heading, MAX_VALUE)),
    }),
    ...(title !== null && { [names.documentTitle]: cut(title, MAX_TITLE) }),
    [names.document]: documentId,
    [names.start]: start,
    [names.end]: end,
    [names.order]: order,
    [names.words]: words,
  }
  const digest = sha256Hex(canonicalJson([text, attributes])).slice(0, 16)
  return { id, text, attributes, digest }
}

/**
 * The chunks of a document as items, in their order; none of a document that is gone. Their text has no headings: those
 * are the title, so that an index counts their words once. Throws InvalidInput for a document that is too long, nested
 * too deeply, or has more than MAX_CHUNKS chunks.
 */
export function chunkStatements(
  document: StatedDocument,
  section: DocumentChunks,
): ChunkStatement[] {
  const { id, text, attributes } = document
  if (attributes[section.goneIf] === true || !text) return []
  const named = attributes[FORMAT_ATTRIBUTE]
  const clean = cleanDocument(text, isDocumentFormat(named) ? named : 'plain')
  const chunks = chunkDocument(id, clean, section)
  if (chunks.length > MAX_CHUNKS)
    throw new InvalidInput(
      `Got a document of ${chunks.length} chunks, expected at most ${MAX_CHUNKS}. The document is left out; split it.`,
    )
  const title = document.title ?? clean.title
  const inherited = inheritedOf(document, section.goneIf)
  return chunks.map((chunk, order) => statementOf(chunk, order, title, inherited))
}
