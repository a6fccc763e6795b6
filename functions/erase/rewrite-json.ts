import { canonicalJson } from '../core/digest.ts'
import { NOBODY } from './person.ts'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

const isOfPerson = (value: Json, user: string): boolean =>
  value === user ||
  (value !== null &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    (value['user'] === user || value['id'] === user))

function strip(value: Json, user: string): Json {
  if (typeof value === 'string') return value.replaceAll(user, NOBODY)
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value))
    return value.filter((one) => !isOfPerson(one, user)).map((one) => strip(one, user))
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== user)
      .map(([name, one]) => [name.replaceAll(user, NOBODY), strip(one, user)]),
  )
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/**
 * A JSON text without the entries of lists and the fields that are about the person. The hash in any other text
 * becomes `NOBODY`. Null: it does not have the hash, or is no JSON.
 */
export function jsonWithoutPerson(text: string, user: string): string | null {
  if (!text.includes(user)) return null
  const value = parse(text)
  if (value === undefined) return null
  const isCanonical = canonicalJson(value) === text
  const stripped = strip(value, user)
  return isCanonical ? canonicalJson(stripped) : JSON.stringify(stripped)
}

/** As jsonWithoutPerson, for JSON Lines: a line that has the hash leaves. */
export function linesWithoutPerson(text: string, user: string): string | null {
  if (!text.includes(user)) return null
  return text
    .split('\n')
    .filter((line) => !line.includes(user))
    .join('\n')
}
