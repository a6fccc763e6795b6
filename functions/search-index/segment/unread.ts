import { type Bitmap, END, type FilterValues, type Postings } from './types.ts'

/**
 * What stands in for values that are still to be read: a search over it goes on, so that it asks for all that it needs,
 * and its result is thrown away (paged-reads.ts).
 */

const NONE = new Uint32Array(0)

export const NO_NUMBERS = new Float64Array(0)
export const NO_VALUES: FilterValues = { values: [], of: () => NONE, docs: () => NONE }

/** A list of so many documents, of which none is known. */
export class UnreadPostings implements Postings {
  readonly docs: number
  readonly frequency = 0
  doc = -1

  constructor(docs: number) {
    this.docs = docs
  }

  next(): number {
    return this.advance()
  }

  advance(): number {
    this.doc = END
    return END
  }

  seekBlock(): { through: number; maxFrequency: number; minNorm: number } {
    return { through: END, maxFrequency: 0, minNorm: 255 }
  }

  positions(): Uint32Array {
    return NONE
  }

  countWithout(_deleted: Bitmap): number {
    return Number.NaN
  }
}
