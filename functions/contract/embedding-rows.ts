import { z } from 'zod'

/**
 * Rows of a scene's embeddings in the online table. `<scene>#embeddings` has one row of state and, for
 * each generation, one that names its newest placed items. Vectors and lists have rows of their own in
 * each generation: a release names the generation, so they flip with it.
 */

export const embeddingsPk = (scene: string): string => `${scene}#embeddings`
const PLACED = 'PLACED#'
export const placedSk = (generation: string): string => `${PLACED}${generation}`

/** The newest `placed/<time>.qms` of a generation. */
export const placedRowSchema = z.object({
  key: z.string(),
  sha256: z.string(),
  closedThroughMs: z.number().int(),
})
export type PlacedRow = z.infer<typeof placedRowSchema>

const RETIRED = 'RETIRED#'
/** How far the rows of a generation that no release needs are deleted. */
export const retiredSk = (generation: string): string => `${RETIRED}${generation}`
export const retiredRowSchema = z.object({
  /** Rows that are deleted, in the order of the generation's files. */
  rows: z.number().int(),
  isWhole: z.boolean(),
})

const MIRRORED = 'MIRRORED#'
/** What another store has of a generation: its trained items, and the newest placed ones. */
export const mirroredSk = (generation: string): string => `${MIRRORED}${generation}`
export const mirroredRowSchema = z.object({ placedKey: z.string().nullable() })

/** Users who were forgotten lately. */
export const FORGOTTEN = 'FORGOTTEN#'
export const forgottenSk = (user: string): string => `${FORGOTTEN}${user}`
/** A build or a placement that had begun before takes the user out again when it ends. */
export const forgottenRowSchema = z.object({
  forgottenMs: z.number().int(),
  /** Seconds, for DynamoDB's TTL. */
  expiresAt: z.number().int(),
})

export type VectorKind = 'user' | 'item'
/** An entity's vectors and its list, in one row. */
export const vectorPk = (scene: string, generation: string, kind: VectorKind, id: string): string =>
  `${scene}#vector#${generation}#${kind}#${id}`
export const VECTOR_SK = 'VECTOR'

const bytes = z.instanceof(Uint8Array)
export const vectorRowSchema = z.object({
  /** f32, little-endian. */
  in: bytes,
  /** Items alone. */
  out: bytes.optional(),
  degree: z.number(),
  /** Its recall list, the best first. An item has items like it; a user has items for this user. */
  items: z.array(z.string()).optional(),
  /** f32, little-endian: a score for each. */
  scores: bytes.optional(),
  /** The closing that the row has seen. */
  closedThroughMs: z.number().int(),
  /** It was placed after the generation was trained. */
  isPlaced: z.boolean().optional(),
})
export type VectorRow = z.infer<typeof vectorRowSchema>

/** Lists that belong to no entity. */
export const recallPk = (scene: string, generation: string): string =>
  `${scene}#recall#${generation}`
/** Popular items of a segment's users in an hour of the day; `*` stands for all users or hours. */
export const popularSk = (segment: string, hour: number | '*'): string =>
  `POPULAR#${hour === '*' ? hour : String(hour).padStart(2, '0')}#${segment}`
export const ANY_SEGMENT = '*'
export const NEW_SK = 'NEW'
export const RISING_SK = 'RISING'
export const recallRowSchema = z.object({
  items: z.array(z.string()),
  scores: bytes,
  closedThroughMs: z.number().int(),
})
export type RecallRow = z.infer<typeof recallRowSchema>
