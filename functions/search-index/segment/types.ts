import type { Token } from '../analysis/token.ts'
import type { Analyzer } from '../analysis/word-sink.ts'
import type { Version } from '../version.ts'

/** `doc` of a cursor that is after its last document. Greater than every document's number. */
export const END = 0x7fff_ffff

/** A field's text, which the writer of a segment analyses. */
export interface FieldText {
  text: string
  analyzer: Analyzer
}
/** A field as the writer takes it: its text, or tokens in ascending order of positions. */
export type FieldTerms = FieldText | readonly Token[]

/** A document as the writer takes it. */
export interface IndexedDocument<Terms extends FieldTerms = readonly Token[]> {
  id: string
  version: Version
  /** Null: the document is gone. Its id and version stay, so that no older statement restores it. */
  content: {
    /** A field that is absent or without tokens is lacking. */
    fields: Readonly<Record<string, Terms>>
    /** Values by attribute. A repeated value counts once. */
    filters: Readonly<Record<string, readonly string[]>>
    /** Finite numbers by attribute. */
    numbers: Readonly<Record<string, number>>
    /** JSON text. */
    stored: string
  } | null
}

/** What the documents of a segment have: names of fields, of filters and of numbers. */
export interface SegmentShape {
  generation: string
  fields: string[]
  filters: string[]
  numbers: string[]
}

interface FieldTotals {
  docs: number
  tokens: number
}

/** The two objects of a segment, and what is in it. */
export interface EncodedSegment {
  /** Readers and writers keep it whole in memory. */
  index: Uint8Array
  /** Compressed stored documents. Readers read ranges of it. */
  documents: Uint8Array
  /** Documents, gone ones included. */
  count: number
  /** Documents that are not gone. */
  live: number
  /** By the fields of the shape, in order: documents that have the field, and their tokens. */
  totals: readonly FieldTotals[]
}

/** Where the posting list of a term is. Only its own segment can use it. */
export interface TermEntry {
  /** Documents that have the term, deleted ones included. */
  readonly docs: number
  /** Bytes of the section `postings`, and of the section `positions`, at which the list starts. */
  readonly postingsAt: number
  readonly positionsAt: number
  /** Lengths of the list in both. Positions of up to 128 documents are in `postings`. */
  readonly postingsBytes: number
  readonly positionsBytes: number
  /** Ordinal of the field in the shape. */
  readonly field: number
}

/** An opened segment. All its methods are synchronous. It throws RangeError for a name that its shape lacks. */
export interface Segment {
  readonly shape: SegmentShape
  /** Documents, gone ones included. They are numbered from 0 in the order of their ids' UTF-8 bytes. */
  readonly count: number
  idOf(doc: number): string
  /** The document's number; −1 where the segment lacks the id. */
  find(id: string): number
  versionOf(doc: number): Version
  isGone(doc: number): boolean
  /** Tokens of the field. 0: the document lacks the field. */
  exactLength(field: string, doc: number): number
  /** One byte a document: its length as Lucene's SmallFloat.intToByte4 has it. 0: it lacks the field. */
  norms(field: string): Uint8Array
  /** Documents that have the field, and their tokens. Deleted ones are included; gone ones have none. */
  fieldTotals(field: string): { docs: number; tokens: number }
  term(field: string, term: string): TermEntry | null
  /** All terms of the field that begin with the prefix, in the order of their UTF-8 bytes. */
  termsFrom(field: string, prefix: string): Iterable<{ term: string; entry: TermEntry }>
  /** A segment that is read in pages has the positions of more than 128 documents only `with positions`. */
  postings(entry: TermEntry, positions?: 'with positions'): Postings
  filter(attribute: string): FilterValues
  /** One number a document. NaN: absent. Do not modify it. */
  numbers(attribute: string): Float64Array
  /** The bytes of `documents` that hold the document's compressed block, both ends included. */
  storedRange(doc: number): { from: number; through: number }
  /**
   * The stored JSON text, from exactly the bytes of `storedRange`. Throws CorruptArtifact for other
   * bytes, and RangeError for a gone document.
   */
  readStored(doc: number, bytes: Uint8Array): string
}

/** The values of an attribute in a segment. Arrays may be shared: do not modify them. */
export interface FilterValues {
  /** In the order of their UTF-8 bytes. An index into it is an ordinal. */
  readonly values: readonly string[]
  /** Ordinals of a document's values, ascending. */
  of(doc: number): Uint32Array
  /** Documents that have the value, ascending. */
  docs(ordinal: number): Uint32Array
}

/** A cursor over the documents that have a term, ascending. */
export interface Postings {
  /** Documents that have the term, deleted ones included. */
  readonly docs: number
  /** −1 before the first, END after the last. */
  readonly doc: number
  /** Of the current document. */
  readonly frequency: number
  /** Moves to the next document and returns its number, or END. */
  next(): number
  /** Moves to the first document ≥ target that is not before the current one, and returns it, or END. */
  advance(target: number): number
  /**
   * Bounds of the block that holds the first document ≥ target, without decoding it: they hold for all
   * documents from target through `through`. It does not move `doc`, and target must not be before it.
   * After the last block: END, 0 and 255.
   */
  seekBlock(target: number): { through: number; maxFrequency: number; minNorm: number }
  /** Positions of the current document, ascending. */
  positions(): Uint32Array
  /**
   * Documents that are not deleted. Blocks without a deletion are counted whole. It does not move the cursor.
   * NaN: the list is still to be read (paged-reads.ts).
   */
  countWithout(deleted: Bitmap): number
}

/** A set of documents of one segment. */
export interface Bitmap {
  has(doc: number): boolean
  /** Members from `from` through `through`, both included. */
  countIn(from: number, through: number): number
  /** How many documents are in the set. */
  readonly size: number
}
