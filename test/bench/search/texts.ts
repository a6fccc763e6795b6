import { seededUniform } from '../../../functions/math/random.ts'
import { ENGLISH_STOP_WORDS } from '../../../functions/search-index/analysis/stop-words.ts'

/** Seeded texts that are like English to an index: frequencies, stop words, word forms and sentences. */

const VOCABULARY = Number(process.env["V"] ?? 50_000)
const WORDS = Number(process.env["W"] ?? 60)
const SENTENCE = 12
/** Mandelbrot's offset: P(rank) ∝ 1 / (rank + OFFSET). A quarter of all words are stop words. */
const OFFSET = 2.7

const ONSETS = 'b c d f g h l m n p r s t v w br cl cr dr fl gr pl pr sh sp st str th tr'.split(' ')
const VOWELS = 'a e i o u ai ea ee oa ou'.split(' ')
const CODAS = ['', '', '', ...'n r l s t d m ck nd nt st rd ng'.split(' ')]
const ENDINGS = ['', '', '', ...'s ed ing er ly ness ation able ful ive ment'.split(' ')]

/** One document, or the text of a query. */
export interface Text {
  id: string
  text: string
}

/** Words by falling frequency: the stop words, then stems with endings. Frequent ones are short. */
function makeVocabulary(uniform: () => number): string[] {
  const pick = (list: readonly string[]): string => list[Math.floor(uniform() * list.length)]!
  const syllable = (): string => pick(ONSETS) + pick(VOWELS) + pick(CODAS)
  const words = new Set<string>(ENGLISH_STOP_WORDS)
  while (words.size < VOCABULARY) {
    const most = words.size < VOCABULARY / 50 ? 1 : 3
    const count = 1 + Math.floor(uniform() * most)
    words.add(Array.from({ length: count }, syllable).join('') + pick(ENDINGS))
  }
  return [...words]
}

/** Draws words by Zipf's law: by the inverse of the distribution's integral. */
function wordSource(seed: number): () => string {
  const words = makeVocabulary(seededUniform(1))
  const uniform = seededUniform(seed)
  const ratio = (VOCABULARY + OFFSET) / OFFSET
  return () => words[Math.floor(OFFSET * ratio ** uniform() - OFFSET)]!
}

const capitalize = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/** Documents of 60 words in sentences. */
export function makeTexts(count: number): Text[] {
  const drawWord = wordSource(2)
  const sentence = (): string =>
    `${capitalize(Array.from({ length: SENTENCE }, drawWord).join(' '))}.`
  return Array.from({ length: count }, (_, n) => ({
    id: `document-${n}`,
    text: Array.from({ length: WORDS / SENTENCE }, sentence).join(' '),
  }))
}

/** Queries of two different words. Their words are as frequent as those of the texts, without stop words. */
export function makeQueries(count: number): string[] {
  const draw = wordSource(3)
  const drawWord = (): string => {
    for (;;) {
      const word = draw()
      if (!(ENGLISH_STOP_WORDS as readonly string[]).includes(word)) return word
    }
  }
  return Array.from({ length: count }, () => {
    const first = drawWord()
    let second = drawWord()
    while (second === first) second = drawWord()
    return `${first} ${second}`
  })
}
