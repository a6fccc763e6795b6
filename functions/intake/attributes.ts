import type { Attributes } from '../contract/events.ts'
import { canonicalJson } from '../core/digest.ts'

/** Free attributes in the form of the lake. */
export interface WrittenAttributes {
  json: string
  /**
   * Whether U+FFFD replaced half of a surrogate pair. Many JSON readers reject an unpaired
   * surrogate.
   */
  isMended: boolean
}

/**
 * As canonicalJson, but faster: attributes hold no nested objects, so names that are already in
 * order need no sorting.
 */
function writeInOrder(attributes: Attributes): string {
  let previous = ''
  for (const name of Object.keys(attributes)) {
    if (name < previous) return canonicalJson(attributes)
    previous = name
  }
  return JSON.stringify(attributes)
}

/** Canonical JSON in well-formed Unicode. */
export function writeAttributes(attributes: Attributes): WrittenAttributes {
  const json = writeInOrder(attributes)
  // JSON.stringify writes half of a surrogate pair as an escape sequence.
  if (!json.includes('\\ud')) return { json, isMended: false }
  const mended = JSON.parse(json, (_name, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  )
  const mendedJson = canonicalJson(mended)
  return { json: mendedJson, isMended: mendedJson !== json }
}
