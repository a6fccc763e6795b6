/** Moves over the documents of one part that have something, ascending, and scores the current one. */
export interface Cursor {
  /** Documents that it passes at most: the cost of reading them all. */
  readonly docs: number
  /** −1 before the first, END after the last. */
  readonly doc: number
  next(): number
  /** Moves to the first document ≥ target that is not before the current one, and returns it. */
  advance(target: number): number
  /** What the current document counts. */
  score(): number
  /**
   * Sets `bound` and `through`: no document from `target` through `through` counts more than `bound`. It
   * does not move `doc`. Targets must not descend.
   */
  seekBound(target: number): void
  readonly bound: number
  readonly through: number
}
