import { MAX_APPLIED, type SnapshotSegment } from '../../../../functions/contract/search-index.ts'
import { chooseMerge } from '../../../../functions/search-index/merge-policy.ts'
import { RATES } from './rates.ts'
import { noUse, spend, type Use } from './use.ts'

/**
 * A generation of an index, in mean values: each changed document is any document with equal chance, so segments
 * lose documents in proportion to those that they have. Which segments merge is decided by merge-policy.ts.
 */
export interface Simulated {
  segments: SnapshotSegment[]
  use: Use
}
export const emptyIndex = (): Simulated => ({ segments: [], use: noUse() })

/** As functions/search-index/build.ts cuts a drop. */
export const BATCH_DOCUMENTS = 20_000
/** Bytes of a snapshot's JSON: of a segment, and of the rest with as many noted drops as it has after some time. */
const SNAPSHOT_SEGMENT_BYTES = 200
const SNAPSHOT_BYTES = 400 + 19 * MAX_APPLIED
/** Magic, version, checksum and counts of a set of deleted documents (segment/bitmap.ts). */
const SET_BYTES = 36
/** A set's gaps are Rice-coded, in so many times the entropy of the choice of its members. */
const OVER_ENTROPY = 1.05

const segmentOf = (documents: number): SnapshotSegment => ({
  ...{ digest: '', deletions: null, count: documents, live: documents },
  indexBytes: documents * RATES.indexBytes,
  documentsBytes: documents * RATES.documentsBytes,
})
const bytesOf = ({ indexBytes, documentsBytes }: SnapshotSegment): number =>
  indexBytes + documentsBytes

/** Bytes of a set of deleted documents: any members of `count` with equal chance (Shannon 1948, section 6). */
export function deletionBytes(deleted: number, count: number): number {
  const share = Math.min(deleted / count, 1)
  const bits = (p: number): number => (p > 0 ? -p * Math.log2(p) : 0)
  return SET_BYTES + (OVER_ENTROPY * count * (bits(share) + bits(1 - share))) / 8
}

const snapshotBytes = ({ segments }: Simulated): number =>
  SNAPSHOT_BYTES + segments.length * SNAPSHOT_SEGMENT_BYTES

/** A segment, then the snapshot that has it, then the pointer: three objects one after the other. */
const publish = (index: Simulated, segment: SnapshotSegment): Partial<Use> => ({
  ...{ puts: 3, waits: 3, objects: 3, rowWrites: 1 },
  bytesIn: bytesOf(segment) + snapshotBytes(index),
})
/** Reads the pointer and its snapshot. */
const look = (index: Simulated): Partial<Use> => ({
  ...{ gets: 1, waits: 1, rowReads: 1, bytesOut: snapshotBytes(index) },
})

/** Merges until no level is full, as merge.ts does. */
function mergeAll(index: Simulated): void {
  const { segments, use } = index
  for (let chosen = chooseMerge(segments); chosen; chosen = chooseMerge(segments)) {
    const parts = chosen.map((place) => segments[place]!)
    const merged = segmentOf(parts.reduce((sum, { live }) => sum + live, 0))
    const [first = 0] = chosen
    spend(use, {
      ...{ gets: parts.length, waits: 1, merges: 1 },
      merged: parts.reduce((sum, { count }) => sum + count, 0),
      bytesOut: parts.reduce((sum, { documentsBytes }) => sum + documentsBytes, 0),
    })
    spend(use, publish(index, merged))
    for (const place of chosen.toReversed()) segments.splice(place, 1)
    segments.splice(first, 0, merged)
    spend(use, look(index))
    spend(use, { gets: 1, waits: 1, bytesOut: merged.indexBytes, opened: merged.count })
  }
}

/** Takes documents out of the segments, each equally likely. Returns what the new sets of deleted documents take. */
function replaceOlder({ segments }: Simulated, documents: number): Partial<Use> {
  const live = segments.reduce((sum, segment) => sum + segment.live, 0)
  const written = { sets: 0, bytes: 0, deleted: 0 }
  for (const segment of segments) {
    const share = segment.live / live
    const changed = 1 - Math.exp(-documents * share)
    segment.live -= documents * share
    const gone = segment.count - segment.live
    segment.deletions = 'some'
    written.sets += changed
    written.deleted += changed * gone
    written.bytes += changed * deletionBytes(gone, segment.count)
  }
  const { sets, bytes, deleted } = written
  // Written one after the other, and read again at once.
  return {
    ...{ puts: sets, gets: sets, waits: sets, objects: sets, deleted },
    ...{ bytesIn: bytes, bytesOut: bytes },
  }
}

/** Adds documents as one call of addDocuments, then merges. `isReplacing`: the index has older ones of the same ids. */
function addBatch(index: Simulated, documents: number, isReplacing: boolean): void {
  const { segments, use } = index
  const isFirst = segments.length === 0
  spend(use, isFirst ? { rowReads: 1 } : look(index))
  if (isReplacing && !isFirst) spend(use, replaceOlder(index, documents))
  const added = segmentOf(documents)
  segments.push(added)
  spend(use, { added: documents, cpuSeconds: RATES.dropSeconds })
  spend(use, publish(index, added))
  spend(use, look(index))
  // Its own segment is read back from S3, with the sets that changed.
  spend(use, { gets: 1, waits: 1, bytesOut: added.indexBytes, opened: documents })
  mergeAll(index)
}

/** Adds the documents of a drop. */
export function addDrop(index: Simulated, documents: number, isReplacing: boolean): void {
  for (let left = documents; left > 0; left -= BATCH_DOCUMENTS)
    addBatch(index, Math.min(left, BATCH_DOCUMENTS), isReplacing)
}
