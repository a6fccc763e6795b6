/** A term of a text, where it stands, and which part of the text it came from. */
export interface Token {
  term: string
  /** Counts the words of the text from 0. A dropped stop word leaves its number unused. */
  position: number
  /** UTF-16 offsets into the original text: `start` is included, `end` is not. */
  start: number
  end: number
}

/** Turns a text into its tokens, in order of `start`; positions ascend strictly. Accepts any string. */
export type Analyze = (text: string) => Token[]

/** The term of a word of the text, or null if the word is dropped. */
export type ToTerm = (word: string) => string | null
