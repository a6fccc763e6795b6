import { seededUniform } from '../../functions/math/random.ts'

/** A document as its sections: a heading with its level, and paragraphs. */
export interface MadeSection {
  level: number
  heading: string
  paragraphs: string[]
}

const SYLLABLES = 'ba co di fe gu ha jo ki lu me no pa qui ro su ta ve wi xa zu'.split(' ')

/** A word of two or three syllables. */
export const makeWord = (uniform: () => number): string =>
  Array.from(
    { length: 2 + Math.floor(2 * uniform()) },
    () => SYLLABLES[Math.floor(uniform() * SYLLABLES.length)],
  ).join('')

const makeSentence = (uniform: () => number, words: number): string => {
  const text = Array.from({ length: words }, () => makeWord(uniform)).join(' ')
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`
}

/** A paragraph of sentences of 6 to 20 words. */
export function makeParagraph(uniform: () => number, words = 20 + 130 * uniform()): string {
  const sentences: string[] = []
  for (let left = words; left > 0; ) {
    const length = Math.min(6 + Math.floor(15 * uniform()), Math.ceil(left))
    sentences.push(makeSentence(uniform, length))
    left -= length
  }
  return sentences.join(' ')
}

/** A seeded document: a title, then sections of one to twelve paragraphs under headings of levels 2 and 3. */
export function makeSections(seed: number, sections = 6): MadeSection[] {
  const uniform = seededUniform(seed)
  return Array.from({ length: sections }, (_, i) => ({
    level: i === 0 ? 1 : 2 + Math.floor(2 * uniform()),
    heading: `${makeWord(uniform)} ${makeWord(uniform)}`,
    paragraphs: Array.from({ length: 1 + Math.floor(12 * uniform()) }, () =>
      makeParagraph(uniform),
    ),
  }))
}

export const asMarkdown = (sections: readonly MadeSection[]): string =>
  sections
    .map(({ level, heading, paragraphs }) =>
      [`${'#'.repeat(level)} ${heading}`, ...paragraphs].join('\n\n'),
    )
    .join('\n\n')

export const asHtml = (sections: readonly MadeSection[]): string =>
  `<!doctype html><body>${sections
    .map(
      ({ level, heading, paragraphs }) =>
        `<h${level}>${heading}</h${level}>${paragraphs.map((text) => `<p>${text}</p>`).join('\n')}`,
    )
    .join('\n')}</body>`
