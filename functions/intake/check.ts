import type { z } from 'zod'
import {
  type Attributes,
  documentSchema,
  type Event,
  entitySchema,
  eventSchema,
} from '../contract/events.ts'
import type { Scene } from '../contract/scene.ts'
import { type Served, servedSchema } from '../contract/served.ts'
import { DAY_MS, MINUTE_MS } from '../contract/time.ts'
import { Flaw } from './json-record.ts'

/** A number of seconds since 1973 is a time before 1973 in milliseconds. */
const SECONDS = { from: 1e8, through: 1e11 }
const YEAR_1980_MS = Date.UTC(1980, 0, 1)
const YEAR_2100_MS = Date.UTC(2100, 0, 1)
/**
 * From 1980 on. Some producers write the end of the year 9999 for "never": in milliseconds, that
 * number is 1978 in microseconds.
 */
const FINER = [
  { unit: 'microseconds', perMs: 1e3, reason: 'time_in_microseconds' },
  { unit: 'nanoseconds', perMs: 1e6, reason: 'time_in_nanoseconds' },
] as const

/**
 * The finer unit that a time seems to have, because in milliseconds it would be far in the future.
 */
export const finerUnitOf = (timeMs: number): (typeof FINER)[number] | null =>
  FINER.find(({ perMs }) => timeMs >= YEAR_1980_MS * perMs && timeMs < YEAR_2100_MS * perMs) ?? null
/** Longest name in a message: a producer may write an attribute name with a million letters. */
const MAX_NAMED = 64

const nameOf = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/**
 * Checks that a time is valid and within the range that the scene accepts for the drop's arrival.
 */
function checkTime(timeMs: unknown, scene: Scene, arrivalMs: number): Flaw | null {
  const flaw = (reason: Flaw['reason'], detail: string): Flaw =>
    new Flaw(reason, `timeMs: ${detail}`)
  if (timeMs === undefined || timeMs === null)
    return flaw('missing_time', 'got nothing, expected epoch milliseconds')
  if (typeof timeMs !== 'number' || !Number.isFinite(timeMs))
    return flaw('wrong_type', `got ${nameOf(timeMs)}, expected epoch milliseconds`)
  if (timeMs >= SECONDS.from && timeMs < SECONDS.through)
    return flaw('time_in_seconds', `got ${timeMs}, which looks like seconds; expected milliseconds`)
  const finer = finerUnitOf(timeMs)
  if (finer)
    return flaw(
      finer.reason,
      `got ${timeMs}, which looks like ${finer.unit}; expected milliseconds`,
    )
  if (timeMs < SECONDS.through || timeMs >= YEAR_2100_MS)
    return flaw('time_out_of_range', `got ${timeMs}, expected milliseconds from 1973 to 2100`)
  if (timeMs > arrivalMs + scene.clockSkewMinutes * MINUTE_MS)
    return flaw(
      'time_in_future',
      `got ${Math.round((timeMs - arrivalMs) / MINUTE_MS)} minutes after its arrival, expected at most ${scene.clockSkewMinutes}`,
    )
  if (timeMs < arrivalMs - scene.maxEventAgeDays * DAY_MS)
    return flaw(
      'too_old',
      `got ${Math.round((arrivalMs - timeMs) / DAY_MS)} days before its arrival, expected at most ${scene.maxEventAgeDays}`,
    )
  return null
}

const REASONS: Readonly<Record<string, Flaw['reason']>> = {
  invalid_type: 'wrong_type',
  invalid_union: 'wrong_type',
}

/** The first issue of a schema as a flaw: the field, the found value, the expected value. */
function flawOf(error: z.ZodError, record: Record<string, unknown>): Flaw {
  const issue = error.issues[0]!
  const field = issue.path.map((part) => String(part).slice(0, MAX_NAMED)).join('.') || 'the record'
  let got: unknown = record
  for (const part of issue.path)
    got =
      got !== null && typeof got === 'object'
        ? (got as Record<PropertyKey, unknown>)[part]
        : undefined
  if (got === undefined) return new Flaw('missing_field', `${field}: got nothing, expected a value`)
  const reason = issue.code === 'custom' ? issue.params!['reason'] : REASONS[issue.code]
  const isWrongType = reason === 'wrong_type'
  return new Flaw(
    reason ?? 'out_of_bounds',
    `${field}: ${isWrongType ? `got ${nameOf(got)}; ` : ''}${issue.message}`,
  )
}

/** One event of the contract, or its flaw. `known` is a context that was already checked. */
export function checkEvent(
  record: Record<string, unknown>,
  scene: Scene,
  arrivalMs: number,
  known?: Attributes,
): Event | Flaw {
  const { type } = record
  if (type !== 'impression' && type !== 'outcome') {
    if (type === undefined)
      return new Flaw('missing_field', 'type: got nothing, expected impression or outcome')
    const got = typeof type === 'string' ? JSON.stringify(type.slice(0, 40)) : nameOf(type)
    return new Flaw('unknown_event_type', `type: got ${got}, expected impression or outcome`)
  }
  const flaw = checkTime(record['timeMs'], scene, arrivalMs)
  if (flaw) return flaw
  const isKnown = known !== undefined && record['context'] === known
  const parsed = eventSchema.safeParse(isKnown ? { ...record, context: undefined } : record)
  if (!parsed.success) return flawOf(parsed.error, record)
  const event = parsed.data
  if (isKnown) event.context = known
  if (event.type === 'outcome' && !Object.hasOwn(scene.outcomes, event.outcome))
    return new Flaw(
      'unknown_outcome',
      `outcome: got ${JSON.stringify(event.outcome.slice(0, 40))}, expected one of ${Object.keys(scene.outcomes).join(', ')}`,
    )
  return event
}

export interface Statement {
  id: string
  timeMs: number | null
  attributes: Attributes
  title: string | null
  text: string | null
}

/** One statement about an item, a user or a document, or its flaw. Its time is optional. */
export function checkStatement(
  record: Record<string, unknown>,
  kind: string,
  scene: Scene,
  arrivalMs: number,
): Statement | Flaw {
  const parsed = (kind === 'documents' ? documentSchema : entitySchema).safeParse(record)
  if (!parsed.success) return flawOf(parsed.error, record)
  const { id, timeMs, attributes, text } = parsed.data
  if (timeMs !== undefined) {
    // A catalogue may describe old things. Only an invalid time or a future time is rejected.
    const flaw = checkTime(timeMs, scene, arrivalMs)
    if (flaw && flaw.reason !== 'too_old') return flaw
  }
  const title = 'title' in parsed.data ? ((parsed.data.title as string | undefined) ?? null) : null
  return { id, timeMs: timeMs ?? null, attributes: attributes ?? {}, title, text: text ?? null }
}

/** One line of served cells, or its flaw. */
export function checkServed(
  record: Record<string, unknown>,
  scene: Scene,
  arrivalMs: number,
): Served | Flaw {
  const flaw = checkTime(record['timeMs'], scene, arrivalMs)
  if (flaw) return flaw
  const parsed = servedSchema.safeParse(record)
  return parsed.success ? parsed.data : flawOf(parsed.error, record)
}
