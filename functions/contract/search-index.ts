import { z } from 'zod'
import { searchSchema } from './search.ts'

export { KEPT_GENERATIONS } from './generations.ts'

/**
 * Rows and objects of a scene's search index. In the online table, `<scene>#search` has its list
 * of generations (generations.ts) and one pointer for each of them. A pointer names a snapshot in the models bucket; a
 * snapshot names its segments. A generation has one meaning for good: its definition, analysis and layout.
 */

export const searchPk = (scene: string): string => `${scene}#search`
const POINTER = 'POINTER#'
export const searchPointerSk = (generation: string): string => `${POINTER}${generation}`

const MIRROR = 'MIRROR#'
/** A generation in OpenSearch: the row is there once it has all documents of the lake. */
export const searchMirrorSk = (generation: string): string => `${MIRROR}${generation}`
export const SEARCH_MIRROR_PREFIX = MIRROR
/** The generation that OpenSearch's alias points at. */
export const SEARCH_ALIAS_SK = 'ALIAS'

/** A segment of a generation, by the digest in the keys of its objects. */
export interface SegmentName {
  scene: string
  generation: string
  digest: string
}
/** Rows of one partition: a partition of a table takes some 1,000 writes a second. */
const ROWS_OF_PARTITION = 1000
/** A row with bytes of a segment, for a scene whose index is read from the table. */
export const searchPagesKey = ({ scene, generation, digest }: SegmentName, row: number) => ({
  pk: `${scene}#search-pages#${generation}#${digest}#${Math.floor(row / ROWS_OF_PARTITION)}`,
  sk: `${row}`,
})

const count = z.number().int().min(0)
const timeMs = z.number().int()

export const searchPointerSchema = z.object({
  /** The snapshot's number: each change of the generation adds one. */
  n: count,
  snapshot: z.string(),
  sha256: z.string(),
})
export type SearchPointer = z.infer<typeof searchPointerSchema>

/** `definition.json` of a generation. */
export const searchMeaningSchema = z.object({
  search: searchSchema,
  analysisVersion: count,
  layoutVersion: count,
})
export type SearchMeaning = z.infer<typeof searchMeaningSchema>

const totalsSchema = z.record(z.string(), z.object({ docs: count, tokens: count }))

/** Drops that a snapshot names at most: far more than are under way at once. */
export const MAX_APPLIED = 1024

export const snapshotSegmentSchema = z.object({
  /** The digest in the keys of its objects. */
  digest: z.string(),
  indexBytes: count,
  documentsBytes: count,
  /** Length of its object `pages`. Absent: it has none, and its `index` is read whole. */
  pagesBytes: count.optional(),
  /** Documents, replaced and gone ones included. */
  count,
  /** Documents that are found. */
  live: count,
  /** The digest in the key of its deletions. Null: only its own gone documents are deleted. */
  deletions: z.string().nullable(),
})
export type SnapshotSegment = z.infer<typeof snapshotSegmentSchema>

/** What a search reads. Everything in it is immutable. */
export const searchSnapshotSchema = z.object({
  scene: z.string(),
  generation: z.string(),
  n: count,
  /** The latest arrival among the drops that it has. */
  throughMs: timeMs,
  live: count,
  /** The drops that were applied last, the newest at the end: digests of their names. Earlier ones need none. */
  applied: z.array(z.string()).max(MAX_APPLIED).default([]),
  /** Of live documents, by field: those that have it, and its tokens. */
  totals: totalsSchema,
  /** In the order in which they were added. */
  segments: z.array(snapshotSegmentSchema),
})
export type SearchSnapshot = z.infer<typeof searchSnapshotSchema>
