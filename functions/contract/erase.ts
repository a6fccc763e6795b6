import { z } from 'zod'
import { ANY, family } from './family.ts'

/** What an erasure keeps in the registry, and the marks that it leaves. None of it has the hash of the person. */

/** An erasure reads all, whatever a family declares: one grant, since a role cannot hold one for each family. */
export const wholeLake = family('lake', ANY, 'for good', 'users')
export const wholeModels = family('models', ANY, 'for good', 'users')

const count = z.number().int().min(0)
const timeMs = z.number().int()

/** Rows that left one kind of data, and the objects that were written again or deleted for it. */
const erasedCountsSchema = z.object({ rows: count, rewritten: count, deleted: count })
export type ErasedCounts = z.infer<typeof erasedCountsSchema>

/** What the last scan read. */
const scannedSchema = z.object({ objects: count, bytes: count, rows: count })

/**
 * `ERASE#<erasure>` of a scene: how far an erasure is, and at its end the account. `n` counts its writes: of two
 * calls at the same time only one goes on.
 */
export const eraseRowSchema = z.object({
  n: count,
  scene: z.string(),
  /** 32 hex digits, a digest of the hash of the person. */
  erasure: z.string(),
  requestedMs: timeMs,
  reason: z.string(),
  /** `incomplete`: the scan found what could not be removed now. The same command tries again. */
  status: z.enum(['running', 'erased', 'incomplete']),
  /** A scan that finds something begins the second and last round. */
  round: z.number().int().min(1),
  step: z.string(),
  /** The last unit of the step that is done. Null: none is. */
  cursor: z.string().nullable(),
  /** The unit that was counted, and that may not be removed yet. */
  pending: z.string().nullable(),
  /** By step. */
  removed: z.record(z.string(), erasedCountsSchema),
  scanned: scannedSchema,
  /** What the scan found, the first of it by name. */
  leftovers: z.object({ count, first: z.array(z.string()) }),
})
export type EraseRow = z.infer<typeof eraseRowSchema>
export const ERASE_SK = 'ERASE#'
export const eraseSk = (erasure: string): string => `${ERASE_SK}${erasure}`

/** Marks a version that learned from samples of a person who was erased since. */
export const ERASED_VERSION_SK = 'ERASED#'
export const erasedVersionSk = (version: string, erasure: string): string =>
  `${ERASED_VERSION_SK}${version}#${erasure}`
export const erasedVersionSchema = z.object({
  version: z.string(),
  erasure: z.string(),
  erasedMs: timeMs,
})
export type ErasedVersion = z.infer<typeof erasedVersionSchema>

/** The answer of `erase` about one scene. */
export interface Erasing extends EraseRow {
  /** Until then, raw and quarantined records from before the request may have the person's id. */
  rawUntilMs: number
  quarantineUntilMs: number
}
export interface EraseAnswer {
  /** False: call again with the same request. */
  isDone: boolean
  scenes: Erasing[]
}
