import { type Bits, countBits, createBits, hasBit, lowestBit, setBit } from './bits.ts'
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
  readonly found: Bits
  readonly values: Float64Array
}
export const createPlaces = (): Places => ({
  found: createBits(WINDOW),
  values: new Float64Array(WINDOW),
})

/** What a document of a cursor does in a window: it sets its bit, and its score is added, or the maximum. */
export const MARK = 0
export const ADD = 1
export const RAISE = 2
/** A number and not a function: a call that V8 cannot inline would cost as much as the score. */
export type Effect = typeof MARK | typeof ADD | typeof RAISE

function apply(effect: Effect, { found, values }: Places, place: number, cursor: Cursor): void {
  setBit(found, place)
  if (effect === ADD) values[place]! += cursor.score()
  else if (effect === RAISE) {
    const score = cursor.score()
    if (score > values[place]!) values[place] = score
  }
}

/** Reads the cursor's documents in a row. */
function visitInRow(
  cursor: Cursor,
  { base, end }: Window,
  among: Bits | null,
  into: Places,
  effect: Effect,
): void {
  for (let doc = cursor.advance(base); doc < end; doc = cursor.next()) {
    const place = doc - base
    if (!among || hasBit(among, place)) apply(effect, into, place, cursor)
  }
}

/** Searches for each member of `among`. */
function visitEach(cursor: Cursor, base: number, among: Bits, into: Places, effect: Effect): void {
  for (let i = 0; i < among.length; i++)
    for (let word = among[i]!; word !== 0; word &= word - 1) {
      const place = 32 * i + lowestBit(word)
      if (cursor.advance(base + place) === base + place) apply(effect, into, place, cursor)
    }
}

/** Applies a cursor's documents to the places of a window; with `among`, only documents of that set. */
export function visit(
  cursor: Cursor,
  window: Window,
  among: Bits | null,
  into: Places,
  effect: Effect,
): void {
  const { base, end, count } = window
  if (cursor.doc >= end) return
  if (among && countBits(among) * SEARCH_COST < (cursor.docs * WINDOW) / count)
    visitEach(cursor, base, among, into, effect)
  else visitInRow(cursor, window, among, into, effect)
}
