/** Stands for every distance beyond the limit. */
export const TOO_FAR = 255

/**
 * Measures terms against one word: insertions, deletions, replacements and swaps of neighbours, each
 * one edit (optimal string alignment, as Lucene's LevenshteinAutomata with transpositions). Terms must
 * come in an order in which neighbours share beginnings, such as a dictionary's: the rows of a shared
 * beginning are kept. Code points, not code units. One table: (longest term + 1) × (word + 1) bytes.
 */
export class EditDistance {
  readonly #word: readonly number[]
  readonly #limit: number
  /** Row i: distances between the first i code points of the term and each beginning of the word. */
  #rows: Uint8Array[] = []
  #term: number[] = []
  /** Rows that are valid for `#term`. */
  #valid = 1
  /** A beginning that no term within the limit has; empty: none is known. */
  #hopeless = ''

  /** `limit` is at most 254. */
  constructor(word: string, limit: number) {
    this.#word = codePoints(word)
    this.#limit = limit
    this.#rows.push(Uint8Array.from({ length: this.#word.length + 1 }, (_, j) => Math.min(j, 254)))
  }

  /** The distance, or TOO_FAR beyond the limit. */
  to(term: string): number {
    if (this.#hopeless !== '' && term.startsWith(this.#hopeless)) return TOO_FAR
    const points = codePoints(term)
    let shared = 0
    while (shared < points.length && points[shared] === this.#term[shared]) shared++
    this.#term = points
    this.#valid = Math.min(this.#valid, shared + 1)
    if (Math.abs(points.length - this.#word.length) > this.#limit) return TOO_FAR
    for (let row = this.#valid; row <= points.length; row++) {
      const least = this.#fill(row)
      this.#valid = row + 1
      // A swap reaches back two rows, so one row beyond the limit is not enough.
      if (least > this.#limit && this.#leastOf(row - 1) > this.#limit) {
        this.#hopeless = String.fromCodePoint(...points.slice(0, row))
        return TOO_FAR
      }
    }
    const distance = this.#rows[points.length]![this.#word.length]!
    return distance <= this.#limit ? distance : TOO_FAR
  }

  #leastOf(row: number): number {
    return this.#rows[row]!.reduce((a, b) => Math.min(a, b))
  }

  /** Computes a row and returns its least distance. */
  #fill(i: number): number {
    const word = this.#word
    const row = this.#rows[i] ?? new Uint8Array(word.length + 1)
    this.#rows[i] = row
    const above = this.#rows[i - 1]!
    const [point, before] = [this.#term[i - 1], this.#term[i - 2]]
    row[0] = Math.min(i, 254)
    let least = row[0]
    for (let j = 1; j <= word.length; j++) {
      let distance = Math.min(above[j]! + 1, row[j - 1]! + 1)
      distance = Math.min(distance, above[j - 1]! + (point === word[j - 1] ? 0 : 1))
      if (i > 1 && j > 1 && point === word[j - 2] && before === word[j - 1])
        distance = Math.min(distance, this.#rows[i - 2]![j - 2]! + 1)
      row[j] = Math.min(distance, 254)
      if (row[j]! < least) least = row[j]!
    }
    return least
  }
}

export const codePoints = (text: string): number[] =>
  Array.from(text, (character) => character.codePointAt(0)!)
