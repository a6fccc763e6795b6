/** Stands for every distance beyond the limit. */
export const TOO_FAR = 255

export const codePoints = (text: string): number[] =>
  Array.from(text, (character) => character.codePointAt(0)!)

const isLowSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xdc00

/**
 * Measures terms against one word, in code points: insertions, deletions, replacements and swaps of
 * neighbours, each one edit (optimal string alignment, as Lucene's LevenshteinAutomata with
 * transpositions). Terms in the order of a dictionary share beginnings, and so rows of the table. Of a
 * row only the cells near the diagonal are filled: the others are beyond the limit (Ukkonen 1985).
 */
export class EditDistance {
  readonly #word: readonly number[]
  readonly #limit: number
  /** Row i: distances between the first i code points of the term and each beginning of the word. */
  readonly #rows: Uint8Array[] = []
  /** By row: its least distance. */
  readonly #least: number[] = [0]
  #term = ''
  #points = new Int32Array(64)
  /** Rows that are filled for `#term`. */
  #filled = 1
  /** No term that shares this many code points with `#term` is within the limit. */
  #hopeless = Number.POSITIVE_INFINITY

  /** `limit` is at most 253. */
  constructor(word: string, limit: number) {
    this.#word = codePoints(word)
    this.#limit = limit
    this.#rows.push(
      Uint8Array.from({ length: this.#word.length + 2 }, (_, j) => Math.min(j, limit + 1)),
    )
  }

  /** The distance, or TOO_FAR beyond the limit. */
  to(term: string): number {
    const length = this.#read(term)
    if (length < 0) return TOO_FAR
    if (Math.abs(length - this.#word.length) > this.#limit) return TOO_FAR
    const [rows, least] = [this.#rows, this.#least]
    for (let row = this.#filled; row <= length; row++) {
      least[row] = this.#fill(row)
      this.#filled = row + 1
      // A swap reaches back two rows, and is an edit.
      if (least[row]! > this.#limit && least[row - 1]! >= this.#limit) {
        this.#hopeless = row
        return TOO_FAR
      }
    }
    const distance = rows[length]![this.#word.length]!
    return distance <= this.#limit ? distance : TOO_FAR
  }

  /** Reads the term's code points from where it differs from the last one. Returns their number, or −1. */
  #read(term: string): number {
    const last = this.#term
    const common = Math.min(term.length, last.length)
    let unit = 0
    let shared = 0
    for (; unit < common; unit++) {
      const code = term.charCodeAt(unit)
      if (code !== last.charCodeAt(unit)) break
      if (!isLowSurrogate(code)) shared++
    }
    // Two pairs with the same first half are different code points.
    if (isLowSurrogate(term.charCodeAt(unit)) || isLowSurrogate(last.charCodeAt(unit))) {
      unit--
      shared--
    }
    if (shared >= this.#hopeless) return -1
    this.#hopeless = Number.POSITIVE_INFINITY
    this.#term = term
    this.#filled = Math.min(this.#filled, shared + 1)
    if (this.#points.length < term.length) {
      const points = new Int32Array(2 * term.length)
      points.set(this.#points)
      this.#points = points
    }
    let count = shared
    while (unit < term.length) {
      const point = term.codePointAt(unit)!
      this.#points[count++] = point
      unit += point > 0xffff ? 2 : 1
    }
    return count
  }

  /** Fills the cells of a row near the diagonal and returns the least of them. */
  #fill(i: number): number {
    const word = this.#word
    const beyond = this.#limit + 1
    const row = this.#rows[i] ?? new Uint8Array(word.length + 2)
    this.#rows[i] = row
    const above = this.#rows[i - 1]!
    const points = this.#points
    const point = points[i - 1]!
    const from = Math.max(1, i - this.#limit)
    const to = Math.min(word.length, i + this.#limit)
    row[from - 1] = from === 1 ? Math.min(i, beyond) : beyond
    let least = row[from - 1]!
    for (let j = from; j <= to; j++) {
      let distance = Math.min(above[j]! + 1, row[j - 1]! + 1)
      distance = Math.min(distance, above[j - 1]! + (point === word[j - 1] ? 0 : 1))
      if (i > 1 && j > 1 && point === word[j - 2] && points[i - 2] === word[j - 1])
        distance = Math.min(distance, this.#rows[i - 2]![j - 2]! + 1)
      row[j] = Math.min(distance, beyond)
      if (row[j]! < least) least = row[j]!
    }
    row[to + 1] = beyond
    return least
  }
}
