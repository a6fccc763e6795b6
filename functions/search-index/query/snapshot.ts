import type { Bitmap, Segment, TermEntry } from '../segment/types.ts'

/** A segment with its deleted documents: replaced ones, and gone ones always. */
export interface Part {
  segment: Segment
  deleted: Bitmap
}

/** What a search reads: segments, and the statistics of their live documents. */
export interface Snapshot {
  parts: readonly Part[]
  /** By field: live documents that have it, and their tokens. */
  totals: Readonly<Record<string, { docs: number; tokens: number }>>
  /** Live documents. */
  live: number
}

/** Counts that one segment and its deletions keep: about 4 MB. */
const MAX_COUNTS = 65_536
const counts = new WeakMap<Segment, WeakMap<Bitmap, Map<number, number>>>()

function countsOf({ segment, deleted }: Part): Map<number, number> {
  const ofSegment = counts.get(segment) ?? new WeakMap<Bitmap, Map<number, number>>()
  counts.set(segment, ofSegment)
  const known = ofSegment.get(deleted) ?? new Map<number, number>()
  ofSegment.set(deleted, known)
  return known
}

/**
 * Live documents that have a term. A count over scattered deletions reads the whole posting list, so
 * it is kept: segments and their deletions never change.
 */
export function liveDocs(part: Part, entry: TermEntry): number {
  if (part.deleted.size === 0) return entry.docs
  const known = countsOf(part)
  let count = known.get(entry.postingsAt)
  if (count === undefined) {
    count = part.segment.postings(entry).countWithout(part.deleted)
    if (Number.isNaN(count)) return entry.docs
    if (known.size >= MAX_COUNTS) known.clear()
    known.set(entry.postingsAt, count)
  }
  return count
}
