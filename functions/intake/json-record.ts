import type { QuarantineReason } from '../contract/events.ts'
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

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])
const SUSPICIOUS = /__proto__|constructor|prototype|\\u/
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** UTF-8 text, or the flaw. A byte order mark is dropped. */
export function decodeText(bytes: Uint8Array): string | Flaw {
  try {
    return decoder.decode(bytes)
  } catch {
    return new Flaw('not_utf8', 'got bytes that are no UTF-8, expected UTF-8 text')
  }
}

/** Deepest nesting of a JSON text, without parsing it; brackets inside strings do not count. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let isString = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (isString) {
      if (c === '\\') i++
      else if (c === '"') isString = false
    } else if (c === '"') isString = true
    else if (c === '{' || c === '[') deepest = Math.max(deepest, ++depth)
    else if (c === '}' || c === ']') depth--
  }
  return deepest
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

/** One JSON object, or its flaw. Depth is bounded before parsing, keys that reach prototypes are refused. */
export function parseRecord(text: string): Record<string, unknown> | Flaw {
  // Few brackets cannot be deep: only a text with many is walked.
  if (text.length > MAX_DEPTH && text.split(/[[{]/, MAX_DEPTH + 2).length > MAX_DEPTH) {
    const depth = depthOf(text)
    if (depth > MAX_DEPTH)
      return new Flaw('nested_too_deep', `got ${depth} levels, expected at most ${MAX_DEPTH}`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
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
  return value as Record<string, unknown>
}
