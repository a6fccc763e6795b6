import type { Bitmap } from '../segment/types.ts'
import { compareUtf8 } from '../segment/utf8.ts'
import { type Bits, createBits, hasBit, setBit } from './bits.ts'
import type { SearchRequest } from './options.ts'
import type { Part } from './snapshot.ts'

/** The documents of a part that may be hits: live ones that pass the filters and ranges. */
export interface Accepted {
  /** Documents that pass the filters, as bits; null: no filter is set. */
  filtered: Bits | null
  deleted: Bitmap | null
  ranges: readonly { numbers: Float64Array; from: number; through: number }[]
}

/** The place of a value in the sorted values, or −1. */
function ordinalOf(values: readonly string[], value: string): number {
  let [low, high] = [0, values.length - 1]
  while (low <= high) {
    const middle = (low + high) >>> 1
    const order = compareUtf8(values[middle]!, value)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return -1
}

function filterWords({ segment }: Part, { filters }: SearchRequest): Bits | null {
  let filtered: Bits | null = null
  for (const { attribute, values } of filters) {
    const column = segment.filter(attribute)
    const own = createBits(segment.count)
    for (const value of new Set(values)) {
      const ordinal = ordinalOf(column.values, value)
      if (ordinal < 0) continue
      const docs = column.docs(ordinal)
      for (let i = 0; i < docs.length; i++) setBit(own, docs[i]!)
    }
    if (filtered) for (let i = 0; i < own.length; i++) own[i]! &= filtered[i]!
    filtered = own
  }
  return filtered
}

export function acceptedDocuments(part: Part, request: SearchRequest): Accepted {
  return {
    filtered: filterWords(part, request),
    deleted: part.deleted.size > 0 ? part.deleted : null,
    ranges: request.ranges.map(({ attribute, from, through }) => ({
      ...{ numbers: part.segment.numbers(attribute), from, through },
    })),
  }
}

/** Whether a document may be a hit. A document without the number is in no range. */
export function isAccepted({ filtered, deleted, ranges }: Accepted, doc: number): boolean {
  if (filtered && !hasBit(filtered, doc)) return false
  if (deleted?.has(doc)) return false
  for (const { numbers, from, through } of ranges)
    if (!(numbers[doc]! >= from && numbers[doc]! <= through)) return false
  return true
}

export const acceptsAll = ({ filtered, deleted, ranges }: Accepted): boolean =>
  !filtered && !deleted && ranges.length === 0
