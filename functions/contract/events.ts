import { z } from 'zod'
import type { Attributes } from './attributes.ts'

/** What an app writes, one JSON object per line, under `raw/<scene>/events/`. */

/** A flaw of one field. The reason is a quarantine reason. */
export interface FieldFlaw {
  reason: QuarantineReason
  /** The value found, unless its type is wrong, and the expected value. */
  message: string
}
export const issueOf = ({ reason, message }: FieldFlaw) =>
  ({ code: 'custom', message, params: { reason } }) as const

/**
 * Matches a visible character: no white space, no control character, and no character that only
 * changes how others look (UAX #44).
 */
const VISIBLE = /[^\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]/u
/** Whether a text has no visible character. */
export function isBlank(text: string): boolean {
  const first = text.charCodeAt(0)
  return !(first > 0x20 && first < 0x7f) && !VISIBLE.test(text)
}

/**
 * Two different ill-formed names would be written as the same name: half of a surrogate pair
 * becomes U+FFFD.
 */
export const ILL_FORMED: FieldFlaw = {
  reason: 'ill_formed_text',
  message: 'got half of a surrogate pair, expected well-formed Unicode',
}
const BLANK: FieldFlaw = {
  reason: 'blank_id',
  message: 'got only blanks, expected visible text',
}

export const identifier = z
  .string()
  .max(256)
  .check(({ value, issues }) => {
    const flaw = isBlank(value) ? BLANK : value.isWellFormed() ? null : ILL_FORMED
    if (flaw) issues.push({ input: value, ...issueOf(flaw) })
  })

export type { Attributes }

const MAX_ATTRIBUTES = 4096
const MAX_NAME = 64
/** Long enough for the answer of an assistant in an impression's context. */
const MAX_TEXT = 16_384
const MAX_VALUES = 64
const MAX_VALUE = 256

export const tooLong = (length: number, most: number, what = 'characters'): FieldFlaw => ({
  reason: 'out_of_bounds',
  message: `got ${length} ${what}, expected at most ${most}`,
})

function flawOfName(name: string): FieldFlaw | null {
  if (name === '') return { reason: 'out_of_bounds', message: 'got an empty name, expected a name' }
  if (name.length > MAX_NAME) return tooLong(name.length, MAX_NAME)
  // Assigning to this name sets the prototype of the object, not an attribute.
  if (name === '__proto__')
    return { reason: 'forbidden_key', message: 'got a forbidden name, expected another' }
  return name.isWellFormed() ? null : ILL_FORMED
}

function flawOfValue(value: unknown): FieldFlaw | null {
  if (typeof value === 'string')
    return value.length > MAX_TEXT ? tooLong(value.length, MAX_TEXT) : null
  if (typeof value === 'number' ? Number.isFinite(value) : typeof value === 'boolean') return null
  if (!Array.isArray(value))
    return {
      reason: 'wrong_type',
      message: 'expected a string, number, boolean or list of strings',
    }
  if (value.length > MAX_VALUES) return tooLong(value.length, MAX_VALUES, 'values')
  for (const one of value) {
    if (typeof one !== 'string') return { reason: 'wrong_type', message: 'expected only strings' }
    if (one.length > MAX_VALUE) return tooLong(one.length, MAX_VALUE)
  }
  return null
}

/** Reports only the first flaw, because a line may hold a hundred thousand. */
function flawOfAttributes(attributes: unknown): (FieldFlaw & { path: string[] }) | null {
  if (attributes === null || typeof attributes !== 'object' || Array.isArray(attributes))
    return { path: [], reason: 'wrong_type', message: 'expected an object of names and values' }
  const names = Object.keys(attributes)
  if (names.length > MAX_ATTRIBUTES)
    return { path: [], ...tooLong(names.length, MAX_ATTRIBUTES, 'attributes') }
  for (const name of names) {
    const flaw = flawOfName(name) ?? flawOfValue((attributes as Attributes)[name])
    if (flaw) return { path: [name], ...flaw }
  }
  return null
}

export const attributesSchema = z.custom<Attributes>().check(({ value, issues }) => {
  const flaw = flawOfAttributes(value)
  if (flaw) issues.push({ input: value, path: flaw.path, ...issueOf(flaw) })
})

const eventFields = {
  /** Idempotency key of the producer. Without it, the event's content is its identity. */
  eventId: identifier.optional(),
  /** When the event happened: epoch milliseconds, UTC. */
  timeMs: z.number(),
  userId: identifier,
  itemId: identifier,
  /** The request whose slate this event belongs to. It gives the strongest attribution. */
  requestId: identifier.optional(),
}

export const impressionSchema = z.object({
  type: z.literal('impression'),
  ...eventFields,
  /** Place in the slate. The first is 1. */
  position: z.number().int().min(1).max(10_000).optional(),
  /** Probability with which the serving policy showed this item here. */
  propensity: z.number().gt(0).lte(1).optional(),
  /** The release that ranked the slate. */
  release: identifier.optional(),
  context: attributesSchema.optional(),
})

export const outcomeSchema = z.object({
  type: z.literal('outcome'),
  ...eventFields,
  /** One of the outcomes in the scene's configuration. */
  outcome: identifier,
  /**
   * What the outcome repeats of its impression's context, such as the query of a clicked result. Features
   * of `context.…` count the outcome by it.
   */
  context: attributesSchema.optional(),
  /** The size of the outcome if it has one: seconds of dwell time, money, stars. */
  value: z.number().optional(),
})

export const eventSchema = z.discriminatedUnion('type', [impressionSchema, outcomeSchema])
export type Event = z.infer<typeof eventSchema>

/** In UTF-16 code units. */
const MAX_ITEM_TEXT = 100_000
export const MAX_DOCUMENT_TEXT = 1_000_000
export const MAX_TITLE = 1024

/** One line under `raw/<scene>/items/` or `…/users/`. The newest knowable statement wins. */
export const entitySchema = z.object({
  id: identifier,
  timeMs: z.number().optional(),
  attributes: attributesSchema,
  text: z.string().max(MAX_ITEM_TEXT).optional(),
})

/** One line, or one document file, under `raw/<scene>/documents/`. */
export const documentSchema = z.object({
  id: identifier,
  timeMs: z.number().optional(),
  title: z.string().max(MAX_TITLE).optional(),
  text: z.string().max(MAX_DOCUMENT_TEXT),
  attributes: attributesSchema.optional(),
})

export const KINDS = ['events', 'items', 'users', 'documents', 'served'] as const
export type Kind = (typeof KINDS)[number]
/** Kinds whose records are statements about an entity. */
export type StatementKind = Exclude<Kind, 'events' | 'served'>
/** Kinds that a producer's logs hold. The reader's own log is of kind `served`. */
export type LoggedKind = Exclude<Kind, 'served'>

/** Why a record was quarantined. The drop's account counts each reason. */
export const QUARANTINE_REASONS = [
  'not_json',
  'not_utf8',
  'not_an_object',
  'line_too_long',
  'nested_too_deep',
  'forbidden_key',
  'duplicate_key',
  'blank_id',
  'ill_formed_text',
  'missing_field',
  'wrong_type',
  'out_of_bounds',
  'rows_too_large',
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
  /** The rest of a JSON array after the byte where its syntax breaks. */
  'broken_array',
  /**
   * A row group, the rest of one, or a whole file that is damaged or uses an unknown compression.
   */
  'unreadable_parquet',
  /** A row group, or the rest of one, whose pages do not fit into memory. */
  'row_group_too_large',
] as const
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number]

/** Why an accepted record lost a field. The drop's account counts each reason. */
export const WARNING_REASONS = [
  /** An optional number is not a number. Its field stays empty. */
  'not_a_number',
  /** A text that is not an identifier holds half of a surrogate pair. U+FFFD replaces it. */
  'ill_formed_text',
] as const
export type WarningReason = (typeof WARNING_REASONS)[number]

/** Why a whole drop is refused. Nothing of it is read, and the raw object stays where it is. */
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
  /** A PDF of images, whose text nobody has recognized. */
  'no_text_layer',
  /** A PDF that is broken, or that asks for a password. */
  'unreadable_pdf',
  'gone',
  /** No signature, where the scene asks for one. */
  'unsigned',
  'malformed_signature',
  /** The scene does not take drops of this producer, or another producer has signed. */
  'wrong_producer',
  /** Signed too long before its arrival, or after it. */
  'stale',
  /** The signature does not fit these bytes at this key, or its time was changed. */
  'tampered',
  /** Another drop has used the same signature. */
  'replayed',
] as const
export type RefusalReason = (typeof REFUSAL_REASONS)[number]
