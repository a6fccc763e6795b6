import type { SnapshotSegment } from '../contract/search-index.ts'

/**
 * Tiered merges: a document is written again once a level, so log₈ of their number in all, and a search
 * reads at most seven segments a level.
 */
const SEGMENTS_A_LEVEL = 8
/** Segments below this count as one level: a drop of one document is as small as one of fifty. */
const SMALLEST = 64
/** Of more than this share of deleted documents, a segment is written again by itself. */
const MOST_DELETED = 0.5
/** One merge is of at most this many bytes: it fits the memory of the function (stages.ts). */
const MAX_BYTES = 768 * 2 ** 20

const levelOf = ({ live }: SnapshotSegment): number =>
  Math.max(0, Math.floor(Math.log(Math.max(live, 1) / SMALLEST) / Math.log(SEGMENTS_A_LEVEL)))

const bytesOf = (segments: readonly SnapshotSegment[]): number =>
  segments.reduce((sum, { indexBytes, documentsBytes }) => sum + indexBytes + documentsBytes, 0)

/**
 * The places of the segments that are to be merged into one next, in order; null where none are. The
 * lowest level with eight segments comes first, its earliest eight.
 */
export function chooseMerge(segments: readonly SnapshotSegment[]): number[] | null {
  const levels = new Map<number, number[]>()
  for (const [place, segment] of segments.entries()) {
    const level = levelOf(segment)
    levels.set(level, [...(levels.get(level) ?? []), place])
  }
  for (const [, places] of [...levels].sort(([a], [b]) => a - b)) {
    const chosen = places.slice(0, SEGMENTS_A_LEVEL)
    if (chosen.length < SEGMENTS_A_LEVEL) continue
    if (bytesOf(chosen.map((place) => segments[place]!)) <= MAX_BYTES) return chosen
  }
  const sparse = segments.findIndex(
    ({ count, live, deletions, indexBytes, documentsBytes }) =>
      deletions !== null &&
      count - live > MOST_DELETED * count &&
      indexBytes + documentsBytes <= MAX_BYTES,
  )
  return sparse < 0 ? null : [sparse]
}
