import type { Attributes } from '../contract/events.ts'
import { canonicalJson } from '../core/digest.ts'

/** Free attributes as the lake keeps them. */
export interface WrittenAttributes {
  json: string
  /** Whether half of a surrogate pair was replaced by U+FFFD: JSON that has one is read by few. */
  isMended: boolean
}

/** As canonicalJson. Attributes hold no objects: those whose names are in order are as they should be. */
function writeInOrder(attributes: Attributes): string {
  let previous = ''
  for (const name of Object.keys(attributes)) {
    if (name < previous) return canonicalJson(attributes)
    previous = name
  }
  return JSON.stringify(attributes)
}

/** Canonical JSON of well-formed Unicode. */
export function writeAttributes(attributes: Attributes): WrittenAttributes {
  const json = writeInOrder(attributes)
  // JSON.stringify writes half of a surrogate pair as an escape.
  if (!json.includes('\\ud')) return { json, isMended: false }
  const mended = JSON.parse(json, (_name, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  )
  const mendedJson = canonicalJson(mended)
  return { json: mendedJson, isMended: mendedJson !== json }
}
