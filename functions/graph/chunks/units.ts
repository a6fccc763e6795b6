import { murmur3 } from '../../math/hash.ts'
import type { Block } from '../documents/document.ts'

/** Words of scripts that put no spaces between words are counted by the character. */
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[\p{L}\p{N}\p{M}'’]+/gu
/**
 * The end of a sentence: its marks, closing quotes, and the space before the next one. Marks are read from their first one
 * only, so that the time for a row of them does not grow with its square.
 */
const SENTENCE_END = /(?<![.!?…])[.!?…]+["'”’)\]]*\s+|[。！？]+["'”’」』）]*\s*/gu
/** A longer part without the end of a sentence is cut at spaces, and where there are none, anywhere. */
const MAX_CHARACTERS = 1200

/** Words of a text; for Chinese, Japanese, Thai and others, characters. */
export const countWords = (text: string): number => text.match(WORD)?.length ?? 0

/** So many characters of signs, numbers or code count as a word, so that no chunk of few words is long. */
const CHARACTERS_PER_WORD = 16

/** A sentence, item, row or line: [from, to) of a block's text. */
export interface Unit {
  /** Index of the block. */
  block: number
  from: number
  to: number
  words: number
  /** What begins here: a heading (2 or more, the higher the more), a block (1), or only a sentence (0). */
  rank: number
  /** A hash of the unit's first words, which an edit further on does not change. */
  anchor: number
}

/** So many words of a unit are its anchor. */
const ANCHOR_WORDS = 6

const anchorOf = (text: string): number =>
  murmur3((text.slice(0, 200).toLowerCase().match(WORD) ?? []).slice(0, ANCHOR_WORDS).join(' '))

/** Ends of the parts of a text, ascending; the last is its length. */
function* endsOf({ kind, text }: Block): Generator<number> {
  const marks = kind === 'paragraph' ? SENTENCE_END : /\n+/g
  let from = 0
  const ends = [...text.matchAll(marks)].map(({ index, 0: mark }) => index + mark.length)
  for (const end of [...ends, text.length]) {
    while (end - from > MAX_CHARACTERS) {
      const space = text.slice(from, from + MAX_CHARACTERS + 1).lastIndexOf(' ')
      let cut = from + (space > 0 ? space + 1 : MAX_CHARACTERS)
      // Not between the halves of a surrogate pair.
      if (/[\uDC00-\uDFFF]/.test(text[cut] ?? '')) cut--
      yield cut
      from = cut
    }
    if (end > from) yield end
    from = end
  }
}

/** The units of a document's blocks, in order. */
export function unitsOf(blocks: readonly Block[]): Unit[] {
  return blocks.flatMap((block, index) => {
    const units: Unit[] = []
    let from = 0
    for (const to of block.kind === 'heading' ? [block.text.length] : endsOf(block)) {
      const text = block.text.slice(from, to)
      const rank = from > 0 ? 0 : block.kind === 'heading' ? Math.max(2, 5 - block.level / 2) : 1
      const words = Math.max(countWords(text), Math.ceil(text.length / CHARACTERS_PER_WORD))
      units.push({ block: index, from, to, words, rank, anchor: anchorOf(text) })
      from = to
    }
    return units
  })
}
