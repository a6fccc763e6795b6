import { DictionaryWriter, TermCursor } from './dictionary.ts'
import type { TermSections } from './document-sections.ts'
import { mergeKeys } from './merge-keys.ts'
import type { OpenedSegment } from './open-segment.ts'
import { type ListField, PostingWriter } from './posting-writer.ts'
import { END, type Postings } from './types.ts'

/** The new number of a document that the merge leaves out. */
export const NO_DOC = 0xffff_ffff

/** A part of a merge: `newDocs` has the new number of each of its documents, or NO_DOC. */
export interface MergedPart {
  segment: OpenedSegment
  newDocs: Uint32Array
}

interface Source {
  list: Postings
  newDocs: Uint32Array
  /** New number of the current document; END after the last. */
  doc: number
}

/** Moves to the next document that the merge keeps. */
function step(source: Source): void {
  const { list, newDocs } = source
  let doc = list.next()
  while (doc !== END && newDocs[doc] === NO_DOC) doc = list.next()
  source.doc = doc === END ? END : newDocs[doc]!
}

/** Writes the documents of all lists in the order of their new numbers. Returns whether there are any. */
function writeLists(writer: PostingWriter, sources: readonly Source[]): boolean {
  for (const source of sources) step(source)
  let hasAny = false
  for (;;) {
    let first = sources[0]!
    for (const source of sources) if (source.doc < first.doc) first = source
    if (first.doc === END) return hasAny
    const positions = first.list.positions()
    writer.add(first.doc, positions, 0, positions.length)
    hasAny = true
    step(first)
  }
}

/** Merges dictionaries and lists. A term whose documents are all left out is left out. */
export function mergeTerms(
  parts: readonly MergedPart[],
  fields: readonly ListField[],
): TermSections {
  const cursors = parts.map(({ segment }) => new TermCursor(segment.dictionary.blocks))
  const dictionary = new DictionaryWriter()
  const lists = new PostingWriter()
  for (const group of mergeKeys(cursors)) {
    const { key, length } = cursors[group[0]!]!.keys
    lists.start(fields[key[0]!]!)
    const sources = group.map((place): Source => {
      const { segment, newDocs } = parts[place]!
      return { list: segment.postings(cursors[place]!.entry), newDocs, doc: END }
    })
    if (writeLists(lists, sources)) dictionary.add(key, length, lists.finish())
  }
  return {
    dictionary: dictionary.finish(),
    postings: lists.postings.written(),
    positions: lists.positions.written(),
  }
}
