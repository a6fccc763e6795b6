import { canonicalJson } from '../../core/digest.ts'
import { CorruptArtifact, InvalidInput } from '../../core/errors.ts'
import { compareVersions } from '../version.ts'
import { type DocumentRow, DocumentSections } from './document-sections.ts'
import { KeyCursor } from './key-blocks.ts'
import { mergeKeys } from './merge-keys.ts'
import { type MergedPart, mergeTerms, NO_DOC } from './merge-terms.ts'
import { type OpenedSegment, opened } from './open-segment.ts'
import type { Bitmap, EncodedSegment, Segment, SegmentShape } from './types.ts'

/** A segment to merge: its whole object `documents`, and its replaced documents (gone ones may be among them). */
export interface MergePart {
  segment: Segment
  documents: Uint8Array
  deleted: Bitmap
}

interface Source extends MergedPart {
  deleted: Bitmap
  keys: KeyCursor
  texts: Iterator<string | null>
}

function openPart(shape: SegmentShape, { segment, documents, deleted }: MergePart): Source {
  const own = opened(segment)
  if (canonicalJson(own.shape) !== canonicalJson(shape))
    throw new InvalidInput(
      `merge: got a segment of shape ${canonicalJson(own.shape)}, expected ${canonicalJson(shape)}`,
    )
  if (documents.length !== own.documentsBytes)
    throw new CorruptArtifact(
      `${own.name}: documents: got ${documents.length} bytes, expected ${own.documentsBytes}`,
    )
  return {
    segment: own,
    newDocs: new Uint32Array(own.count).fill(NO_DOC),
    deleted,
    keys: new KeyCursor(own.ids.keys),
    texts: own.stored.all(documents),
  }
}

function rowOf(segment: OpenedSegment, doc: number, stored: string | null): DocumentRow {
  const { fields, filters, numbers } = segment.shape
  return {
    version: segment.versionOf(doc),
    lengths: fields.map((field) => segment.exactLength(field, doc)),
    filters: filters.map((attribute) => {
      const filter = segment.filter(attribute)
      return Array.from(filter.of(doc), (ordinal) => filter.values[ordinal]!)
    }),
    numbers: numbers.map((attribute) => segment.numbers(attribute)[doc]!),
    stored,
  }
}

/** Of the copies of one document that may stay, the one of the greatest version. */
function winnerOf(sources: readonly Source[], group: readonly number[]): Source | null {
  let winner: Source | null = null
  for (const place of group) {
    const source = sources[place]!
    const { segment, deleted, keys } = source
    if (deleted.has(keys.index) && !segment.isGone(keys.index)) continue
    const isNewer =
      !winner ||
      compareVersions(segment.versionOf(keys.index), winner.segment.versionOf(winner.keys.index)) >
        0
    if (isNewer) winner = source
  }
  return winner
}

/**
 * Merges segments of one shape into one, without their deleted documents. A gone document stays, deleted
 * or not, unless another part has a newer version of its id. The bytes are those that `encodeSegment`
 * gives for the same documents. Its own memory: 4 bytes a document, and the two objects.
 * Throws InvalidInput for another shape, CorruptArtifact for `documents` that are not the segment's.
 */
export function mergeSegments(shape: SegmentShape, parts: readonly MergePart[]): EncodedSegment {
  const sources = parts.map((part) => openPart(shape, part))
  const capacity = sources.reduce((sum, { segment }) => sum + segment.count, 0)
  const sections = new DocumentSections(shape, capacity)
  const ids = sources.map(({ keys }) => ({ keys, next: () => keys.next() }))
  for (const group of mergeKeys(ids)) {
    const winner = winnerOf(sources, group)
    for (const place of group) {
      const source = sources[place]!
      const text = source.texts.next().value as string | null
      if (source !== winner) continue
      const { segment, newDocs, keys } = source
      const row = rowOf(segment, keys.index, text)
      newDocs[keys.index] = sections.add(keys.key, keys.length, row)
    }
  }
  const fields = sections.listFields()
  return sections.encode(fields, mergeTerms(sources, fields))
}
