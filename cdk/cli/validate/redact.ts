import {
  entitySchema,
  impressionSchema,
  outcomeSchema,
} from '../../../functions/contract/events.ts'

const MAX_EXCERPT = 120
const WORD = /[\p{L}\p{N}_]+/gu
/** Words of the contract and of the formats. They are field names, not personal data. */
const OWN_WORDS = [
  ...[impressionSchema, outcomeSchema, entitySchema].flatMap(({ shape }) => Object.keys(shape)),
  ...['impression', 'outcome', 'event', 'item', 'user', 'ranking', 'interaction', 'items'],
  ...['timestamp', 'fields', 'name', 'value', 'session', 'true', 'false', 'null'],
  ...['GET', 'POST', 'HEAD', 'HTTP', 'http', 'https'],
]

/** Shows the shape of a record without personal data. */
export interface Redaction {
  /** Adds column names of the log, which stay unmasked. */
  learn(heading: string): void
  excerpt(text: string): string
  /** A message of intake with masked quotations of the record. */
  detail(text: string): string
}

/** The beginning of a record, long enough for an excerpt. */
export const beginningOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(0, 4 * MAX_EXCERPT)).toString('utf8')

/** Masks each word that is not the format's: letters become a or A, digits become 9. */
export function createRedaction(words: readonly string[]): Redaction {
  const known = new Set([...OWN_WORDS, ...words])
  const mask = (text: string): string =>
    text.replace(WORD, (word) =>
      known.has(word)
        ? word
        : word
            .replace(/\p{Lu}/gu, 'A')
            .replace(/\p{N}/gu, '9')
            .replace(/[^A9_]/gu, 'a'),
    )
  return {
    learn(heading) {
      for (const [word] of heading.matchAll(WORD)) known.add(word)
    },
    excerpt(text) {
      const cut = text.length > MAX_EXCERPT
      return mask(text.slice(0, MAX_EXCERPT).replaceAll(/\s+/g, ' ')) + (cut ? '…' : '')
    },
    detail: (text) => text.replace(/(?<=got )"(?:[^"\\]|\\.)*"/g, mask),
  }
}
