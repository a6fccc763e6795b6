import { createCodes } from '../../core/codes.ts'

/** Words of both sources, numbered, with the weight of each: rare words weigh more. */
export interface Vocabulary {
  words: readonly string[]
  /** Records of each source that have the word. */
  counts: readonly [Uint32Array, Uint32Array]
  /** ln((n + 1) / (count + ½)) over both sources (Spärck Jones 1972), at least 0. */
  weights: Float64Array
}

export interface WordCounter {
  codeOf(word: string): number
  /** Counts the different words of one record of a source. */
  count(side: 0 | 1, words: Iterable<number>): void
  close(records: readonly [number, number]): Vocabulary
}

export function createWordCounter(): WordCounter {
  const codes = createCodes()
  const counts: [number[], number[]] = [[], []]
  return {
    codeOf: codes.codeOf,
    count(side, words) {
      for (const word of words) counts[side][word] = (counts[side][word] ?? 0) + 1
    },
    close([left, right]) {
      const size = codes.texts.length
      const closed = counts.map((list) =>
        Uint32Array.from({ length: size }, (_, at) => list[at] ?? 0),
      ) as [Uint32Array, Uint32Array]
      const weights = Float64Array.from({ length: size }, (_, at) =>
        Math.max(0, Math.log((left + right + 1) / (closed[0][at]! + closed[1][at]! + 0.5))),
      )
      return { words: codes.texts, counts: closed, weights }
    },
  }
}
