import { searchSchema } from '../../../functions/contract/search.ts'
import { canonicalJson } from '../../../functions/core/digest.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import type { StatementRow } from '../../../functions/search-index/documents.ts'

/** Documents of 60 words, a filter and a number, drawn from a vocabulary. */

const TITLE_WORDS = 6
const TEXT_WORDS = 54
const VOCABULARY = 50_000
/** Zipf and Mandelbrot's law, P(rank) ∝ 1 / (rank + 20): a third of the documents have the first word. */
const OFFSET = 20

export const SEARCH = searchSchema.parse({
  of: 'documents',
  fields: {
    title: { from: 'title', analyzer: 'english', weight: 3 },
    text: { from: 'text', analyzer: 'english' },
  },
  filters: ['brand'],
  numbers: ['price'],
})

const uniform = seededUniform(1)
export const below = (limit: number): number => Math.floor(uniform() * limit)
const WORDS = Array.from({ length: VOCABULARY }, () =>
  Array.from({ length: 3 + below(8) }, () => String.fromCharCode(97 + below(26))).join(''),
)
/** By the inverse of the distribution's integral. */
const drawWord = (): string =>
  WORDS[Math.floor(OFFSET * ((VOCABULARY + OFFSET) / OFFSET) ** uniform() - OFFSET)]!
export const drawWords = (count: number): string =>
  Array.from({ length: count }, drawWord).join(' ')

export function statement(n: number, drop: number): StatementRow {
  return {
    ...{ id: `document-${n}`, knowableMs: drop, drop: `drop-${drop}`, row: n },
    ...{ title: drawWords(TITLE_WORDS), text: drawWords(TEXT_WORDS) },
    attributes: canonicalJson({ brand: `brand-${below(200)}`, price: below(1000) }),
  }
}
