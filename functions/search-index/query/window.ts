import { countBits, hasBit, nextBit, setBit, wordsFor } from './bits.ts'
import type { Cursor } from './cursor.ts'

/** Documents of a window: its sums fit the first-level cache. A multiple of 32. */
export const WINDOW = 2048
/** To search for a document costs about as much as to read this many in a row. */
const SEARCH_COST = 4

/** A range of a part's documents that is evaluated at once. */
export interface Window {
  /** The first document, a multiple of 32. */
  base: number
  /** The document after the last. */
  end: number
  /** Documents of the part. */
  count: number
}

/** Documents of a window by their places in it, with one value each. */
export interface Places {
  /** Bits. */
  readonly found: Uint32Array
  readonly values: Float64Array
}
export const createPlaces = (): Places => ({
  found: wordsFor(WINDOW),
  values: new Float64Array(WINDOW),
})

/** What a cursor's document does in a window: only its bit, its bit and sum, or its bit and maximum. */
export type Effect = 'mark' | 'add' | 'raise'

function take(cursor: Cursor, { found, values }: Places, place: number, effect: Effect): void {
  setBit(found, place)
  if (effect === 'add') values[place]! += cursor.score()
  else if (effect === 'raise') {
    const score = cursor.score()
    if (score > values[place]!) values[place] = score
  }
}

/**
 * Applies a cursor's documents to the places of a window; with `among`, only documents of that set. It
 * reads the postings in a row, or searches for each member of `among` where these are few.
 */
export function visit(
  cursor: Cursor,
  { base, end, count }: Window,
  among: Uint32Array | null,
  into: Places,
  effect: Effect,
): void {
  if (cursor.doc >= end) return
  const expected = (cursor.docs * WINDOW) / count
  if (among && countBits(among) * SEARCH_COST < expected) {
    for (let place = nextBit(among, 0); place >= 0; place = nextBit(among, place + 1)) {
      const doc = base + place
      if (cursor.advance(doc) === doc) take(cursor, into, place, effect)
    }
    return
  }
  for (let doc = cursor.advance(base); doc < end; doc = cursor.next())
    if (!among || hasBit(among, doc - base)) take(cursor, into, doc - base, effect)
}
