import { z } from 'zod'

/** What an app writes, one JSON object a line, under `raw/<scene>/events/`. */

const identifier = z.string().min(1).max(256)
const scalar = z.union([z.string().max(1024), z.number(), z.boolean()])

/** Free attributes by name: a scalar, or a list of strings for many-valued ones (tags, genres). */
export const attributesSchema = z.record(
  z.string().min(1).max(64),
  z.union([scalar, z.array(z.string().max(256)).max(64)]),
)
export type Attributes = z.infer<typeof attributesSchema>

const eventFields = {
  /** Idempotency key of the producer; without it the event's own content is its identity. */
  eventId: identifier.optional(),
  /** When it happened: epoch milliseconds, UTC. */
  timeMs: z.number(),
  userId: identifier,
  itemId: identifier,
  /** The request whose slate this belongs to: the strongest attribution there is. */
  requestId: identifier.optional(),
}

export const impressionSchema = z.object({
  type: z.literal('impression'),
  ...eventFields,
  /** Place in the slate, from 1. */
  position: z.number().int().min(1).max(10_000).optional(),
  /** Probability with which the serving policy chose to show this item here. */
  propensity: z.number().gt(0).lte(1).optional(),
  /** The release that ranked the slate. */
  release: identifier.optional(),
  context: attributesSchema.optional(),
})

export const outcomeSchema = z.object({
  type: z.literal('outcome'),
  ...eventFields,
  /** Which outcome: one of those that the scene's configuration names. */
  outcome: identifier,
  /** Its size where it has one: seconds of dwell, money, stars. */
  value: z.number().optional(),
})

export const eventSchema = z.discriminatedUnion('type', [impressionSchema, outcomeSchema])
export type Outcome = z.infer<typeof outcomeSchema>
export type Event = z.infer<typeof eventSchema>

/** One line under `raw/<scene>/items/` or `…/users/`: the newest knowable one wins. */
export const entitySchema = z.object({
  id: identifier,
  timeMs: z.number().optional(),
  attributes: attributesSchema,
  text: z.string().max(100_000).optional(),
})
export type Entity = z.infer<typeof entitySchema>

/** One line under `raw/<scene>/documents/`. */
export const documentSchema = z.object({
  id: identifier,
  timeMs: z.number().optional(),
  title: z.string().max(1024).optional(),
  text: z.string().max(1_000_000),
  attributes: attributesSchema.optional(),
})

export const KINDS = ['events', 'items', 'users', 'documents'] as const
export type Kind = (typeof KINDS)[number]

/** Why a record was set aside. Each is counted by name in the drop's account. */
export const QUARANTINE_REASONS = [
  'not_json',
  'not_utf8',
  'not_an_object',
  'line_too_long',
  'nested_too_deep',
  'forbidden_key',
  'missing_field',
  'wrong_type',
  'out_of_bounds',
  'unknown_event_type',
  'unknown_outcome',
  'missing_time',
  'time_in_seconds',
  'time_in_microseconds',
  'time_in_nanoseconds',
  'time_out_of_range',
  'time_in_future',
  'too_old',
  'bad_row',
  'truncated_compression',
  'corrupt_compression',
  'trailing_bytes',
  'window_too_large',
  'compression_bomb',
  'wrong_compression_suffix',
] as const
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number]

/** Why a whole drop is refused: nothing of it is read; the raw object stays where it is. */
export const REFUSAL_REASONS = [
  'unknown_scene',
  'unknown_kind',
  'unknown_format',
  'unknown_mapping',
  'bad_key',
  'too_large',
  'too_scattered',
  'unsupported_container',
  'unsupported_compression',
  'unsupported_encoding',
  'not_lines',
  'wrong_format',
  'gone',
] as const
export type RefusalReason = (typeof REFUSAL_REASONS)[number]
