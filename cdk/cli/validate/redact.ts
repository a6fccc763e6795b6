import {
  entitySchema,
  impressionSchema,
  outcomeSchema,
} from '../../../functions/contract/events.ts'

const MAX_EXCERPT = 120
const WORD = /[\p{L}\p{N}_]+/gu
/** Words of the contract and of the formats: they name fields, and nobody. */
const OWN_WORDS = [
  ...[impressionSchema, outcomeSchema, entitySchema].flatMap(({ shape }) => Object.keys(shape)),
  ...['impression', 'outcome', 'event', 'item', 'user', 'ranking', 'interaction', 'items'],
  ...['timestamp', 'fields', 'name', 'value', 'session', 'true', 'false', 'null'],
  ...['GET', 'POST', 'HEAD', 'HTTP', 'http', 'https'],
]

/** Shows the shape of a record and nothing of whom it is about. */
export interface Redaction {
  /** Adds words that are the log's own: headings of columns. */
  learn(heading: string): void
  excerpt(text: string): string
  /** A sentence of intake's, with what it quotes of the record masked. */
  detail(text: string): string
}

/** As much of a record as an excerpt may need. */
export const beginningOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(0, 4 * MAX_EXCERPT)).toString('utf8')

/** Letters become a or A, digits 9, of every word that is not the format's own. */
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
