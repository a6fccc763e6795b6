import {
  DOCUMENT_FORMATS,
  type DocumentFormat,
  FORMAT_ATTRIBUTE,
} from '../../../contract/documents.ts'
import type { GraphDefinition, StatedDrop } from '../../../contract/graph-objects.ts'
import { InvalidInput } from '../../../core/errors.ts'
import type { ObjectStore } from '../../../core/objects.ts'
import type { ClaimBatch } from '../../claims/claim-file.ts'
import { cleanDocument } from '../../documents/clean-document.ts'
import { GrowingBatch } from '../batch.ts'
import { readStatements, type Stated } from '../statements.ts'
import type { Dictionary } from './dictionary.ts'
import { documentSource, extractDocument, type ReadableDocument } from './documents.ts'
import { readableDocument } from './readable.ts'

/** How a statement's text is to be read. */
function formatOf({ attributes }: Stated): DocumentFormat {
  const named = Object.hasOwn(attributes, FORMAT_ATTRIBUTE) ? attributes[FORMAT_ATTRIBUTE] : null
  return DOCUMENT_FORMATS.find((format) => format === named) ?? 'plain'
}

/** A document as it is read. Null, counted, where its text cannot be. */
function readDocument(stated: Stated, batch: GrowingBatch): ReadableDocument | null {
  const { id, knowableMs, title, text, provider } = stated
  try {
    const clean = cleanDocument(text ?? '', formatOf(stated))
    const document = readableDocument(id, clean, knowableMs)
    return { ...document, title: title ?? clean.title, ...(provider !== undefined && { provider }) }
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    batch.refuse('document: its text cannot be read')
    return null
  }
}

/** What documents of a drop claim, document after document. */
export async function eachDocument(
  lake: ObjectStore,
  drop: StatedDrop,
  definition: GraphDefinition,
  claim: (document: ReadableDocument, batch: GrowingBatch) => Promise<void> | void,
): Promise<ClaimBatch> {
  const batch = new GrowingBatch()
  for (const stated of await readStatements(lake, drop.documents, definition, true)) {
    batch.replace(documentSource(stated.id), stated.knowableMs)
    const document = stated.isGone ? null : readDocument(stated, batch)
    if (document) await claim(document, batch)
  }
  return batch
}

/** What the texts of a drop's documents claim, with the names that the generation knows. Memory: the drop's texts. */
export const documentsBatch = (
  lake: ObjectStore,
  drop: StatedDrop,
  definition: GraphDefinition,
  dictionary: Dictionary,
): Promise<ClaimBatch> =>
  eachDocument(lake, drop, definition, (document, batch) =>
    batch.add(extractDocument(document, dictionary, definition.graph.documents)),
  )
