import { z } from 'zod'
import { ms } from './time.ts'

/**
 * Online values: one row for each entity, keyed `<scene>#<entity>#<id>` and `VALUES`. Its attributes:
 *
 * - `ring`: a block of closed hours.
 * - `folded`: the mark of the closing that `ring` holds, see `foldedText`.
 * - `open.<arrivalMs>-<drop>`: a block for each drop that no closing has folded.
 * - `statement`, `previous`: the last two catalogue statements about it. `previous` is null for a
 *   first one.
 * - `expiresAt`: seconds, for DynamoDB's TTL. Writers set it to `keptUntil` where the row has that.
 * - `keptUntil`: the end of the year 9999, in rows with a statement: they never expire.
 */
export const VALUES_SK = 'VALUES'
/** δ of a scene that does not set it: values are served within ten seconds of a drop's landing. */
export const NEAR_LINE_SECONDS = 8
export const KEPT_UNTIL = 'keptUntil'
/** 31 December 9999. */
export const FOREVER_SECONDS = 253_402_300_799
/** `entity` as in `contract/features.ts`. The ids of a pair are joined by U+001F. */
export const valuesPk = (scene: string, entity: string, id: string): string =>
  `${scene}#${entity}#${id}`

export const OPEN_PREFIX = 'open.'
/** A drop sets its own attribute: a repeated delivery writes the same bytes again. */
export const openAttribute = (arrivalMs: number, drop: string): string =>
  `${OPEN_PREFIX}${ms(arrivalMs)}-${drop.slice(0, 12)}`
const OPEN = /^open\.(\d{13})-([0-9a-f]{12})$/
export function parseOpenAttribute(name: string): { arrivalMs: number; drop: string } | null {
  const m = OPEN.exec(name)
  return m ? { arrivalMs: Number(m[1]), drop: m[2]! } : null
}

/** `<closedThroughMs>-<arrivedThroughMs>-<digest of the ids of the series in the ring>`: texts that sort as closings do. */
export const foldedText = (
  mark: { closedThroughMs: number; arrivedThroughMs: number },
  seriesDigest: string,
): string => `${ms(mark.closedThroughMs)}-${ms(mark.arrivedThroughMs)}-${seriesDigest}`
const FOLDED = /^(\d{13})-(\d{13})-([0-9a-f]{8})$/
export function parseFolded(
  text: string,
): { closedThroughMs: number; arrivedThroughMs: number; seriesDigest: string } | null {
  const m = FOLDED.exec(text)
  return m && { closedThroughMs: Number(m[1]), arrivedThroughMs: Number(m[2]), seriesDigest: m[3]! }
}

/** One row a scene: the newest closing that every row has folded. Readers read it as they read CURRENT. */
export const foldedPk = (scene: string): string => `${scene}#values`
export const FOLDED_SK = 'FOLDED'
const timeMs = z.number().int()
export const seriesSchema = z.object({
  id: z.string(),
  entity: z.string(),
  event: z.string(),
  state: z.enum([
    'count',
    'sum',
    'weighted',
    'last',
    'last-value',
    'last-items',
    'distinct',
    'quantiles',
    'tally',
    'minutes',
  ]),
  parameters: z.object({
    of: z.string().optional(),
    length: z.number().int().optional(),
    examination: z.array(z.number()).optional(),
  }),
  keepHours: z.number().int(),
  isNearLine: z.boolean(),
})
/** What is accumulated for features; `functions/features/series.ts` derives it from them. */
export type Series = z.infer<typeof seriesSchema>

export const foldedRowSchema = z.object({
  closedThroughMs: timeMs,
  arrivedThroughMs: timeMs,
  scheduledMs: timeMs,
  /** δ of the scene: a drop's events count this long after its arrival. */
  nearLineMs: timeMs,
  /** Series whose whole window is in the rows, and when the scene's features last named each. */
  series: z.array(seriesSchema.extend({ wantedMs: timeMs })),
  /** Event hours that values leave out, and from when on. */
  exclusions: z.array(z.object({ fromMs: timeMs, throughMs: timeMs, sinceMs: timeMs })),
})
export type FoldedRow = z.infer<typeof foldedRowSchema>

/** What the rows take in of one closing, and of earlier ones that they have not taken in yet. */
export const foldPlanSchema = z.object({
  closedThroughMs: timeMs,
  arrivedThroughMs: timeMs,
  /** When the closing was scheduled. */
  scheduledMs: timeMs,
  /** The scene's FOLDED row when this was planned. */
  basis: foldedRowSchema.nullable(),
  /** Series of the scene's features, and those that earlier features needed lately. */
  series: foldedRowSchema.shape.series,
  /** Functions that share the rows, by the hash of the entity. */
  shards: z.number().int().min(1),
  /** Tasks of closings whose states are to be made first, for series that are no plain counts. */
  states: z.array(z.object({ closedThroughMs: timeMs, piece: z.number().int().min(0) })),
})
export type FoldPlan = z.infer<typeof foldPlanSchema>

/** The order of statements about one entity. The greatest is the newest. */
export const statementSchema = z.object({
  order: z.string(),
  knowableMs: timeMs,
  /** JSON text, because DynamoDB numbers differ from JSON numbers. */
  attributes: z.string(),
})
export type Statement = z.infer<typeof statementSchema>
/** `<knowableMs, 13 digits>-<drop>-<row, 10 digits>`. */
export const statementOrder = (statement: {
  knowableMs: number
  drop: string
  row: number
}): string =>
  `${ms(statement.knowableMs)}-${statement.drop}-${String(statement.row).padStart(10, '0')}`
/** Marks the clean files whose statements are in the rows. `sk` is the file's key. */
export const statementsPk = (scene: string): string => `${scene}#statements`
