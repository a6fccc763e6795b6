import { MAX_ENTITY_ID } from '../../contract/claims.ts'

const MAX_NAME = MAX_ENTITY_ID - 33

/**
 * A name as part of an id: NFKC, lower case, white space as one dash. `ACME  Tools` and `acme tools` are one
 * entity; `C++` and `C` stay two. Empty where nothing is left. Too long a name keeps its beginning and ends in
 * nothing else, so the caller must refuse it: null.
 */
export function nameInId(text: string): string | null {
  if (text.length > 4 * MAX_NAME || !text.isWellFormed()) return null
  const name = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .replace(/\s+/g, '-')
  return name === '' || name.length > MAX_NAME ? null : name
}

/** `<kind>:<name>`, or null where the text names nothing. */
export function entityId(kind: string, text: string): string | null {
  const name = nameInId(text)
  return name === null ? null : `${kind}:${name}`
}

/** The id of a path, the broadest step first: `category:home/kitchen`. Equal names under two parents stay two. */
export function pathId(kind: string, steps: readonly string[]): string | null {
  const names = steps.map((step) => nameInId(step)?.replaceAll('/', '%2f') ?? null)
  if (names.length === 0 || names.includes(null)) return null
  const name = names.join('/')
  return name.length > MAX_NAME ? null : `${kind}:${name}`
}

/** An id of the log or the catalogue as it is: `item:i12`. */
export const keptId = (kind: string, id: string): string => `${kind}:${id}`

export const kindOf = (entity: string): string => entity.slice(0, entity.indexOf(':'))
export const nameOf = (entity: string): string => entity.slice(entity.indexOf(':') + 1)
