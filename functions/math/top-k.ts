/**
 * The k best of a stream of scored places, by score and then by the lower place: a binary heap with the
 * worst one on top. O(log k) for each that is kept.
 */
export class TopK {
  readonly #k: number
  readonly #scores: number[] = []
  readonly #places: number[] = []

  constructor(k: number) {
    this.#k = k
  }

  get isFull(): boolean {
    return this.#scores.length >= this.#k
  }

  /** Whether it would be kept. */
  admits(score: number, place: number): boolean {
    if (!this.isFull) return this.#k > 0
    const worst = this.#scores[0]!
    return score > worst || (score === worst && place < this.#places[0]!)
  }

  /** The score that a place must have at least. */
  get floor(): number {
    return this.isFull ? (this.#scores[0] ?? Number.POSITIVE_INFINITY) : Number.NEGATIVE_INFINITY
  }

  /** Keeps a place, in place of the worst one where there are k. Asked for only if `admits` says so. */
  keep(score: number, place: number): void {
    if (this.isFull) this.#sink(score, place)
    else this.#rise(score, place)
  }

  /** The best first. */
  sorted(): { place: number; score: number }[] {
    return this.#places
      .map((place, i) => ({ place, score: this.#scores[i]! }))
      .sort((a, b) => b.score - a.score || a.place - b.place)
  }

  #isWorse(score: number, place: number, other: number): boolean {
    const others = this.#scores[other]!
    return score < others || (score === others && place > this.#places[other]!)
  }

  #rise(score: number, place: number): void {
    let at = this.#scores.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isWorse(score, place, parent)) break
      this.#scores[at] = this.#scores[parent]!
      this.#places[at] = this.#places[parent]!
      at = parent
    }
    this.#scores[at] = score
    this.#places[at] = place
  }

  #sink(score: number, place: number): void {
    const size = this.#scores.length
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      const right = child + 1
      if (right < size && this.#isWorse(this.#scores[right]!, this.#places[right]!, child))
        child = right
      if (this.#isWorse(score, place, child)) break
      this.#scores[at] = this.#scores[child]!
      this.#places[at] = this.#places[child]!
      at = child
    }
    this.#scores[at] = score
    this.#places[at] = place
  }
}
