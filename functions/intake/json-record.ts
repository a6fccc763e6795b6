import type { QuarantineReason, WarningReason } from '../contract/events.ts'
import { countKeys, quoteLongIntegers, repeatedKeyIn, shapeOf } from './json-text.ts'
import { MAX_DEPTH } from './limits.ts'

/**
 * A record that cannot be used: the rule that it breaks, the found and the expected value. A
 * private field identifies the class, because a producer's record may also have fields `reason` and
 * `detail`.
 */
export class Flaw {
  readonly #isFlaw = true
  readonly reason: QuarantineReason
  readonly detail: string

  constructor(reason: QuarantineReason, detail: string) {
    this.reason = reason
    this.detail = detail
  }

  static isOne(value: object): value is Flaw {
    return #isFlaw in value
  }
}
export const isFlaw = (value: object): value is Flaw => Flaw.isOne(value)

/** Why an accepted record lost a field: the field, the found and the expected value. */
export class Warning {
  readonly reason: WarningReason
  readonly detail: string

  constructor(reason: WarningReason, detail: string) {
    this.reason = reason
    this.detail = detail
  }
}

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])
const SUSPICIOUS = /__proto__|constructor|prototype|\\u/
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** Runs a parser without recording a stack trace, which costs more than parsing a short line. */
function parseBriefly<T>(parse: () => T): T {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return parse()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** UTF-8 text, or the flaw. A byte order mark is dropped. */
export function decodeText(bytes: Uint8Array): string | Flaw {
  try {
    return parseBriefly(() => decoder.decode(bytes))
  } catch {
    return new Flaw('not_utf8', 'got bytes that are not UTF-8, expected UTF-8 text')
  }
}

function forbiddenKeyIn(value: unknown): string | null {
  if (value === null || typeof value !== 'object') return null
  for (const key of Object.keys(value)) {
    if (FORBIDDEN.has(key)) return key
    const found = forbiddenKeyIn((value as Record<string, unknown>)[key])
    if (found !== null) return found
  }
  return null
}

/**
 * One JSON object twice: in `typed` all numbers are doubles; in `exact` integers beyond ±(2^53 − 1)
 * are the text of their digits. Without such integers both are the same object.
 */
export interface ParsedRecord {
  typed: Record<string, unknown>
  exact: Record<string, unknown>
}

/**
 * One JSON object, or its flaw. Depth is checked before parsing. Keys that change prototypes, and
 * repeated keys in one object, are rejected.
 */
export function parseTyped(text: string): ParsedRecord | Flaw {
  const { depth, keys, longIntegers } = shapeOf(text)
  if (depth > MAX_DEPTH)
    return new Flaw('nested_too_deep', `got ${depth} levels, expected at most ${MAX_DEPTH}`)
  let value: unknown
  try {
    value = parseBriefly(() => JSON.parse(text))
  } catch (error) {
    // The parser's message quotes the text, which is personal data. Only the kind of error is kept.
    const isCut = /end of JSON|Unterminated/i.test((error as Error).message)
    return new Flaw(
      'not_json',
      `got text that ${isCut ? 'ends in the middle' : 'is not JSON'}, expected one JSON object`,
    )
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    const got = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`
    return new Flaw('not_an_object', `got ${got}, expected one JSON object`)
  }
  const forbidden = SUSPICIOUS.test(text) ? forbiddenKeyIn(value) : null
  if (forbidden !== null)
    return new Flaw('forbidden_key', `got the key ${forbidden}, which is forbidden in records`)
  if (keys > countKeys(value)) {
    const name = JSON.stringify(repeatedKeyIn(text)?.slice(0, 40))
    return new Flaw('duplicate_key', `got the key ${name} twice in one object, expected it once`)
  }
  const typed = value as Record<string, unknown>
  const quoted = quoteLongIntegers(text, longIntegers)
  return { typed, exact: quoted === text ? typed : JSON.parse(quoted) }
}

/**
 * As parseTyped. Integers beyond ±(2^53 − 1) are the text of their digits, so that two of them
 * never become equal.
 */
export function parseRecord(text: string): Record<string, unknown> | Flaw {
  const parsed = parseTyped(text)
  return isFlaw(parsed) ? parsed : parsed.exact
}
