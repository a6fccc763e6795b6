import { seededUniform } from '../../../functions/math/random.ts'
import { ENGLISH_STOP_WORDS } from '../../../functions/search-index/analysis/stop-words.ts'

/** Made-up words that are like English to an index: its frequencies, its stop words, and endings that stemming drops. */

/** As many forms of as many stems as the vocabulary of the Snowball project's English stemmer. */
const WORDS = 42_000
const FORMS_PER_STEM = 1.7
/** Mandelbrot's offset: P(rank) ∝ 1 / (rank + OFFSET). A quarter of all words are stop words. */
const OFFSET = 2.7

const ONSETS = 'b c d f g h l m n p r s t v w br cl cr dr fl gr pl pr sh sp st str th tr'.split(' ')
const VOWELS = 'a e i o u ai ea ee oa ou'.split(' ')
const CODAS = ['', '', '', ...'n r l s t d m ck nd nt st rd ng'.split(' ')]
const ENDINGS = ['', ...'s ed ing er ly ness ation able ful ive ment'.split(' ')]

export type Uniform = () => number
export const pick = <T>(uniform: Uniform, list: readonly T[]): T =>
  list[Math.floor(uniform() * list.length)]!

export const makeStem = (uniform: Uniform, syllables: number): string =>
  Array.from(
    { length: syllables },
    () => pick(uniform, ONSETS) + pick(uniform, VOWELS) + pick(uniform, CODAS),
  ).join('')
export const inflect = (uniform: Uniform, stem: string): string => stem + pick(uniform, ENDINGS)

/** Different words, the most frequent first: stop words, then forms of stems, those of one syllable first. */
function makeWords(uniform: Uniform): string[] {
  const stems: string[] = []
  const words = new Set<string>(ENGLISH_STOP_WORDS)
  while (words.size < WORDS) {
    if (stems.length * FORMS_PER_STEM <= words.size) {
      const most = words.size < WORDS / 50 ? 1 : 2.5
      stems.push(makeStem(uniform, 1 + Math.floor(uniform() * most)))
    }
    words.add(inflect(uniform, pick(uniform, stems)))
  }
  return [...words]
}

/** Draws words by the law of Zipf and Mandelbrot: the inverse of the distribution's integral. */
export function openWords(uniform: Uniform): () => string {
  const words = makeWords(seededUniform(1))
  const ratio = (WORDS + OFFSET) / OFFSET
  return () => words[Math.floor(OFFSET * ratio ** uniform() - OFFSET)]!
}
