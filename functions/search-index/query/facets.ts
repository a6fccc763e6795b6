import type { FilterValues } from '../segment/types.ts'
import { compareUtf8 } from '../segment/utf8.ts'
import { type Bits, createBits, hasBit, lowestBit, setBit } from './bits.ts'
import type { FacetValue } from './results.ts'
import type { Part } from './snapshot.ts'

/** To look a document's values up costs about as much as this many documents in a value's list. */
const LOOK_UP_COST = 16
/** To open a value's list costs about as much as this many documents in it. */
const LIST_COST = 64

/** Counts a value's documents among the matches. */
function countLists(column: FilterValues, matches: Bits, counts: Uint32Array): void {
  for (let ordinal = 0; ordinal < counts.length; ordinal++) {
    const docs = column.docs(ordinal)
    let count = 0
    for (let i = 0; i < docs.length; i++) if (hasBit(matches, docs[i]!)) count++
    counts[ordinal] = count
  }
}

/** Counts the values of each match. */
function countMatches(column: FilterValues, matches: Bits, counts: Uint32Array): void {
  for (let i = 0; i < matches.length; i++)
    for (let word = matches[i]!; word !== 0; word &= word - 1) {
      const ordinals = column.of(32 * i + lowestBit(word))
      for (let k = 0; k < ordinals.length; k++) counts[ordinals[k]!]!++
    }
}

/** Counts values of attributes over matches, part by part. */
export class FacetCounts {
  readonly #totals: ReadonlyMap<string, Map<string, number>>
  #part: Part | null = null
  /** Asked for before there is a match, so that a part that is read in pages reads them with the rest. */
  #columns: readonly (readonly [string, FilterValues])[] = []
  /** Of the present part. */
  #matches: Bits = createBits(0)
  #count = 0

  constructor(attributes: readonly string[]) {
    this.#totals = new Map(attributes.map((attribute) => [attribute, new Map()]))
  }

  startPart(part: Part): void {
    this.#closePart()
    this.#part = part
    this.#columns = Array.from(this.#totals.keys(), (name) => [name, part.segment.filter(name)])
    this.#matches = createBits(part.segment.count)
    this.#count = 0
  }

  /** Adds a match of the present part. */
  add(doc: number): void {
    setBit(this.#matches, doc)
    this.#count++
  }

  /** All values that a match has, the most frequent first, then by their UTF-8 bytes. */
  finish(): Record<string, FacetValue[]> {
    this.#closePart()
    return Object.fromEntries(
      Array.from(this.#totals, ([attribute, counts]) => [
        attribute,
        Array.from(counts, ([value, count]) => ({ value, count })).sort(
          (a, b) => b.count - a.count || compareUtf8(a.value, b.value),
        ),
      ]),
    )
  }

  #closePart(): void {
    if (!this.#part || this.#count === 0) return
    const { segment } = this.#part
    for (const [attribute, column] of this.#columns) {
      const totals = this.#totals.get(attribute)!
      const { values } = column
      const counts = new Uint32Array(values.length)
      const isDense = this.#count * LOOK_UP_COST > segment.count + values.length * LIST_COST
      if (isDense) countLists(column, this.#matches, counts)
      else countMatches(column, this.#matches, counts)
      for (let ordinal = 0; ordinal < counts.length; ordinal++) {
        const count = counts[ordinal]!
        if (count > 0) totals.set(values[ordinal]!, (totals.get(values[ordinal]!) ?? 0) + count)
      }
    }
  }
}
