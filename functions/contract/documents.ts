import { z } from 'zod'
import { rawKey } from './drop-keys.ts'
import { ANY, family, under } from './family.ts'

/**
 * The `documents` section of a scene: its items are chunks of its documents. Each document that is dropped, as a file
 * or as a statement, is divided into chunks, and these are dropped as items.
 */
export const documentChunksSchema = z
  .strictObject({
    maxWords: z.number().int().min(20).max(4000).default(400),
    /** A section with fewer words joins the next one where a heading allows it. */
    minWords: z.number().int().min(1).max(2000).default(100),
    /** Headings of these levels always begin a chunk. */
    topLevels: z.number().int().min(0).max(6).default(2),
    /** Whole sentences of the chunk before that a chunk repeats, up to so many words. */
    overlapWords: z.number().int().min(0).max(1000).default(0),
    /** An attribute: a statement in which it is true takes a document's chunks out. */
    goneIf: z.string().min(1).max(64).default('gone'),
  })
  .refine(({ minWords, maxWords }) => minWords <= maxWords, {
    path: ['minWords'],
    message: 'expected at most maxWords',
  })
export type DocumentChunks = z.infer<typeof documentChunksSchema>

export const DOCUMENT_FORMATS = ['markdown', 'html', 'plain', 'pdf'] as const
/** How a document's text is read. `pdf`: a text layer, its pages separated by form feeds. */
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number]
export const isDocumentFormat = (name: unknown): name is DocumentFormat =>
  (DOCUMENT_FORMATS as readonly unknown[]).includes(name)

/** Attributes of an item that is a chunk. Its text is the chunk's, without its headings. */
export const CHUNK_ATTRIBUTES = {
  /** The headings joined by ` > `; absent if there are none. */
  title: 'title',
  /** The document's id. */
  document: 'document',
  /** The document's title. */
  documentTitle: 'document_title',
  headings: 'headings',
  /** [start, end) in the document's text, in UTF-16 code units. */
  start: 'start',
  end: 'end',
  /** Its place among the document's chunks, from 0. */
  order: 'order',
  words: 'words',
} as const

/** Drops of chunks among all raw objects: all that the function that makes them may reach. */
export const chunkDrops = family(
  'raw',
  under(rawKey(ANY, 'items', 'chunks/')),
  'rawRetentionDays',
  'no users',
)

/** The attribute of a document that says how its text is to be read. Absent: plain text. */
export const FORMAT_ATTRIBUTE = 'format'

/** One row a document in the online table: the chunks that it has, and the statement that they come from. */
export const chunksPk = (scene: string, document: string): string => `${scene}#chunks#${document}`
export const CHUNKS_SK = 'CHUNKS'
/** A document has at most so many chunks: two sets of them fit a row. */
export const MAX_CHUNKS = 6000
const statedChunksSchema = z.object({
  /** The statement: a later one replaces it. */
  knowableMs: z.number().int(),
  drop: z.string(),
  row: z.number().int(),
  /** Of each chunk, in their order: 16 bytes of its id, and 8 of the digest of its statement. Absent: none. */
  chunks: z.instanceof(Uint8Array).optional(),
})
/** What a document is said to have. */
export type StatedChunks = z.infer<typeof statedChunksSchema>
export const chunksRowSchema = z.object({
  /** Counts changes: writers compare it. */
  n: z.number().int().min(1),
  /** Absent: no drop has stated chunks of it. */
  stated: statedChunksSchema.optional(),
  /** What holds as soon as the raw object `key` exists with content. Never, if it exists without. */
  next: statedChunksSchema.extend({ key: z.string() }).optional(),
})
export type ChunksRow = z.infer<typeof chunksRowSchema>
