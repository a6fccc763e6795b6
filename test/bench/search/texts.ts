import { seededUniform } from '../../../functions/math/random.ts'
import { ENGLISH_STOP_WORDS } from '../../../functions/search-index/analysis/stop-words.ts'
import type { Document } from './our-index.ts'
import { openWords } from './vocabulary.ts'

/** Seeded documents, and queries for them. */

export const DOCUMENT_WORDS = Number(process.env['BENCH_SEARCH_WORDS'] ?? 60)
const SENTENCE_WORDS = 12

const capitalize = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

export function makeDocuments(count: number): Document<'text'>[] {
  const drawWord = openWords(seededUniform(2))
  const sentence = (): string =>
    `${capitalize(Array.from({ length: SENTENCE_WORDS }, drawWord).join(' '))}.`
  const documents = Array.from({ length: count }, (_, n) => ({
    id: `document-${n}`,
    fields: { text: Array.from({ length: DOCUMENT_WORDS / SENTENCE_WORDS }, sentence).join(' ') },
  }))
  // V8 keeps joined texts as trees. Texts from a file are plain, and faster to read.
  return JSON.parse(JSON.stringify(documents)) as Document<'text'>[]
}

const STOP_WORDS: ReadonlySet<string> = new Set(ENGLISH_STOP_WORDS)

/** Queries of two different words, as frequent as those of the documents, but no stop words. */
export function makeQueries(count: number): string[] {
  const draw = openWords(seededUniform(3))
  const drawWord = (other: string): string => {
    const word = draw()
    return STOP_WORDS.has(word) || word === other ? drawWord(other) : word
  }
  return Array.from({ length: count }, () => {
    const first = drawWord('')
    return `${first} ${drawWord(first)}`
  })
}
