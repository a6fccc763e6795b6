import type { FilterValues } from '../segment/types.ts'
import { compareUtf8 } from '../segment/utf8.ts'
import type { FacetValue } from './results.ts'
import type { Part } from './snapshot.ts'

export type { FacetValue }

/** Counts values of attributes over matches, part by part. */
export class FacetCounts {
  readonly #totals: ReadonlyMap<string, Map<string, number>>
  #open: { attribute: string; column: FilterValues; counts: Uint32Array }[] = []

  constructor(attributes: readonly string[]) {
    this.#totals = new Map(attributes.map((attribute) => [attribute, new Map()]))
  }

  startPart({ segment }: Part): void {
    this.#closePart()
    for (const attribute of this.#totals.keys()) {
      const column = segment.filter(attribute)
      this.#open.push({ attribute, column, counts: new Uint32Array(column.values.length) })
    }
  }

  /** Counts the values of a match of the present part. */
  add(doc: number): void {
    for (const { column, counts } of this.#open) {
      const ordinals = column.of(doc)
      for (let i = 0; i < ordinals.length; i++) counts[ordinals[i]!]!++
    }
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
    for (const { attribute, column, counts } of this.#open) {
      const totals = this.#totals.get(attribute)!
      for (let ordinal = 0; ordinal < counts.length; ordinal++) {
        const count = counts[ordinal]!
        if (count === 0) continue
        const value = column.values[ordinal]!
        totals.set(value, (totals.get(value) ?? 0) + count)
      }
    }
    this.#open = []
  }
}
