import type { QuarantineReason, WarningReason } from '../contract/events.ts'
import { countKeys, quoteLongIntegers, repeatedKeyIn, shapeOf } from './json-text.ts'
import { MAX_DEPTH } from './limits.ts'

/**
 * A record that cannot be used: which rule it breaks, and what was got and expected. Told by a
 * private name, since a producer's record may have fields called `reason` and `detail` too.
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

/** What costs a record that is accepted one of its fields: which, and what was got and expected. */
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

/** What a parser answers, or its error without a trace: that costs more than a short line does. */
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
    return new Flaw('not_utf8', 'got bytes that are no UTF-8, expected UTF-8 text')
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
 * One JSON object as its numbers are doubles (`typed`), and as integers beyond ±(2^53 − 1) are text
 * of their digits (`exact`): the same object where there are none.
 */
export interface ParsedRecord {
  typed: Record<string, unknown>
  exact: Record<string, unknown>
}

/**
 * One JSON object, or its flaw. Depth is bounded before parsing; keys that reach prototypes, and
 * keys that stand in one object twice, are refused.
 */
export function parseTyped(text: string): ParsedRecord | Flaw {
  const { depth, keys, longIntegers } = shapeOf(text)
  if (depth > MAX_DEPTH)
    return new Flaw('nested_too_deep', `got ${depth} levels, expected at most ${MAX_DEPTH}`)
  let value: unknown
  try {
    value = parseBriefly(() => JSON.parse(text))
  } catch (error) {
    // The message quotes the text, which is a person's: only its kind is kept.
    const isCut = /end of JSON|Unterminated/i.test((error as Error).message)
    return new Flaw(
      'not_json',
      `got text that ${isCut ? 'ends in the middle' : 'is no JSON'}, expected one JSON object`,
    )
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    const got = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`
    return new Flaw('not_an_object', `got ${got}, expected one JSON object`)
  }
  const forbidden = SUSPICIOUS.test(text) ? forbiddenKeyIn(value) : null
  if (forbidden !== null)
    return new Flaw('forbidden_key', `got the key ${forbidden}, which no record may have`)
  if (keys > countKeys(value)) {
    const name = JSON.stringify(repeatedKeyIn(text)?.slice(0, 40))
    return new Flaw('duplicate_key', `got the key ${name} twice in one object, expected it once`)
  }
  const typed = value as Record<string, unknown>
  const quoted = quoteLongIntegers(text, longIntegers)
  return { typed, exact: quoted === text ? typed : JSON.parse(quoted) }
}

/** As parseTyped; integers beyond ±(2^53 − 1) are text of their digits, so that no two of them merge. */
export function parseRecord(text: string): Record<string, unknown> | Flaw {
  const parsed = parseTyped(text)
  return isFlaw(parsed) ? parsed : parsed.exact
}
