import { searchDeletionsKey, searchSegmentKey, searchSnapshotKey } from '../contract/keys.ts'
import {
  MAX_APPLIED,
  type SearchPointer,
  type SearchSnapshot,
  type SnapshotSegment,
} from '../contract/search-index.ts'
import { canonicalJson, sha256Hex } from '../core/digest.ts'
import { QuartermasterError } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { TableStore } from '../core/tables.ts'
import {
  loadSnapshot,
  type OpenSegment,
  type OpenSnapshot,
  openSnapshot,
  type SegmentCache,
} from './open-snapshot.ts'
import { type PageOptions, putPages } from './pages/put-pages.ts'
import { putPageRows } from './pages/table-pages.ts'
import { type Arrivals, arrivalsOf, createResolver } from './resolve.ts'
import { encodeBitmap, goneBitmap, withDeleted } from './segment/bitmap.ts'
import { encodeSegment } from './segment/encode-segment.ts'
import { openSegment } from './segment/open-segment.ts'
import type {
  EncodedSegment,
  FieldTerms,
  IndexedDocument,
  Segment,
  SegmentShape,
} from './segment/types.ts'
import { loadPointer, movePointer } from './state.ts'

export interface WriterPorts {
  models: Pick<ObjectStore, 'get' | 'put' | 'bucket'>
  online: Pick<TableStore, 'get' | 'putIfUnchanged'>
  scene: string
  cache: SegmentCache
  pages?: PageOptions
}

/** Two writers of one generation: the one that loses reads again and resolves again. */
const ATTEMPTS = 20

/** The snapshot that a pointer names; an empty one before the first. */
export async function openPointed(
  { models, scene, cache }: Pick<WriterPorts, 'models' | 'scene' | 'cache'>,
  generation: string,
  pointer: SearchPointer | null,
): Promise<OpenSnapshot> {
  if (pointer) return openSnapshot(models, await loadSnapshot(models, pointer), cache)
  const snapshot: SearchSnapshot = {
    ...{ scene, generation, n: 0, throughMs: 0, live: 0 },
    ...{ applied: [], totals: {}, segments: [] },
  }
  return { snapshot, segments: [] }
}

/** Where documents come from. */
export interface Origin {
  /** The latest arrival among their drops. */
  throughMs: number
  /** The drop that is applied with them. Null: they are a part of one, or of a build. */
  applied: string | null
}

const noteOf = (drop: string): string => sha256Hex(drop).slice(0, 16)

/** Whether a snapshot notes a drop as applied. */
export const hasApplied = ({ applied }: SearchSnapshot, drop: string): boolean =>
  applied.includes(noteOf(drop))

/**
 * Writes a segment's objects, and its rows where it has any, and returns its entry. The same documents get the same keys
 * and bytes.
 */
export async function putSegment(
  { models, scene, pages }: Pick<WriterPorts, 'models' | 'scene' | 'pages'>,
  generation: string,
  { index, documents, count, live }: EncodedSegment,
): Promise<SnapshotSegment> {
  const digest = sha256Hex(`${sha256Hex(index)}${sha256Hex(documents)}`).slice(0, 32)
  await models.put(searchSegmentKey(scene, generation, digest, 'documents'), documents)
  await models.put(searchSegmentKey(scene, generation, digest, 'index'), index)
  return {
    ...{ digest, count, live, deletions: null },
    ...{ indexBytes: index.byteLength, documentsBytes: documents.byteLength },
    ...(await putPages(models, { scene, generation, digest }, index, pages)),
  }
}

/** Writes a snapshot and moves the pointer to it. Returns whether no other writer came first. */
export async function flipSnapshot(
  { models, online, scene }: WriterPorts,
  before: SearchPointer | null,
  snapshot: SearchSnapshot,
): Promise<boolean> {
  const { generation, n } = snapshot
  const bytes = new TextEncoder().encode(canonicalJson(snapshot))
  const sha256 = sha256Hex(bytes)
  const key = searchSnapshotKey(scene, generation, n, sha256.slice(0, 16))
  await models.put(key, bytes, 'application/json')
  return movePointer(online, scene, generation, before, { n, snapshot: key, sha256 })
}

type Totals = Record<string, { docs: number; tokens: number }>

/** Takes documents of a segment out of the totals of live documents. */
function countOff(totals: Totals, segment: Segment, docs: Iterable<number>): void {
  for (const doc of docs)
    for (const field of segment.shape.fields) {
      const length = segment.exactLength(field, doc)
      if (length === 0) continue
      totals[field]!.docs--
      totals[field]!.tokens -= length
    }
}

/** Writes the deletions of a segment, more than those that `deleted` has, and returns its entry. */
async function putDeletions(
  { models, scene }: Pick<WriterPorts, 'models' | 'scene'>,
  { entry, segment, deleted }: OpenSegment,
  docs: Iterable<number>,
): Promise<SnapshotSegment> {
  const all = withDeleted(deleted, docs)
  const bits = encodeBitmap(all)
  const deletions = sha256Hex(bits).slice(0, 32)
  await models.put(searchDeletionsKey(scene, segment.shape.generation, deletions), bits)
  return { ...entry, live: entry.count - all.size, deletions }
}

/** A copy of the totals, with every field of the shape. */
const totalsBefore = ({ fields }: SegmentShape, { totals }: SearchSnapshot): Totals =>
  Object.fromEntries(fields.map((field) => [field, { docs: 0, tokens: 0, ...totals[field] }]))

/** Adds what a new segment has. */
function countOn(totals: Totals, { fields }: SegmentShape, added: EncodedSegment['totals']): void {
  for (const [n, field] of fields.entries()) {
    totals[field]!.docs += added[n]!.docs
    totals[field]!.tokens += added[n]!.tokens
  }
}

/**
 * Adds one segment of those arrivals that are newer than what the generation has: `enter` makes its entry and counts
 * it. The older copies are deleted, and the pointer moves once. Returns how many are newer; a repeat changes nothing.
 */
async function addArrivals(
  ports: WriterPorts,
  generation: string,
  shape: SegmentShape,
  arrivals: Arrivals,
  { throughMs, applied }: Origin,
  enter: (stale: ReadonlySet<number>, totals: Totals) => Promise<SnapshotSegment>,
): Promise<number> {
  const { online, scene } = ports
  const resolve = createResolver(arrivals)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const pointer = await loadPointer(online, scene, generation)
    const { snapshot, segments } = await openPointed(ports, generation, pointer)
    const { stale, replaced } = resolve(segments)
    const fresh = arrivals.count - stale.size
    if (fresh === 0) return 0
    const totals = totalsBefore(shape, snapshot)
    const entries: SnapshotSegment[] = []
    for (const [place, open] of segments.entries()) {
      const docs = replaced[place]!
      countOff(totals, open.segment, docs)
      entries.push(docs.length === 0 ? open.entry : await putDeletions(ports, open, docs))
    }
    entries.push(await enter(stale, totals))
    const next: SearchSnapshot = {
      ...{ scene, generation, n: (pointer?.n ?? 0) + 1, totals, segments: entries },
      throughMs: Math.max(snapshot.throughMs, throughMs),
      applied: [...snapshot.applied, ...(applied === null ? [] : [noteOf(applied)])].slice(
        -MAX_APPLIED,
      ),
      live: entries.reduce((sum, { live }) => sum + live, 0),
    }
    if (await flipSnapshot(ports, pointer, next)) return fresh
  }
  throw new QuartermasterError(
    `search index ${generation} of ${scene}: other writers moved its pointer ${ATTEMPTS} times; these documents were not added`,
  )
}

/**
 * Adds documents (one for each id) to a generation: one segment of those that are newer than what it has, the older
 * copies deleted, the drop noted as applied, one move of the pointer. Returns how many are newer; a repeat changes nothing.
 * A writer that is stopped anywhere leaves only objects that no snapshot names, with the bytes that a repeat would write.
 * Throws QuartermasterError where other writers move the pointer first each time (retried).
 */
export const addDocuments = (
  ports: WriterPorts,
  generation: string,
  shape: SegmentShape,
  documents: readonly IndexedDocument<FieldTerms>[],
  origin: Origin,
): Promise<number> =>
  addArrivals(ports, generation, shape, arrivalsOf(documents), origin, async (stale, totals) => {
    const fresh = documents.filter((_, n) => !stale.has(n))
    const added = encodeSegment(shape, fresh)
    countOn(totals, shape, added.totals)
    return putSegment(ports, generation, added)
  })

/**
 * Adds a segment that is written already, as `addDocuments` would add its documents. Those that are no newer than what
 * the generation has are deleted from the start. Returns how many are newer; a repeat changes nothing. Throws as
 * `addDocuments` does.
 */
export async function adoptSegment(
  ports: WriterPorts,
  generation: string,
  shape: SegmentShape,
  entry: SnapshotSegment,
  throughMs: number,
): Promise<number> {
  const { models, scene, pages } = ports
  const key = searchSegmentKey(scene, generation, entry.digest, 'index')
  const index = await models.get(key)
  const segment = openSegment(index, key)
  if (pages?.rows && entry.pagesBytes)
    await putPageRows(pages.rows, { scene, generation, digest: entry.digest }, index)
  const own = { entry, segment, deleted: goneBitmap(segment) }
  const origin = { throughMs, applied: null }
  return addArrivals(ports, generation, shape, segment, origin, async (stale, totals) => {
    countOn(
      totals,
      shape,
      shape.fields.map((field) => segment.fieldTotals(field)),
    )
    if (stale.size === 0) return entry
    countOff(totals, segment, stale)
    return putDeletions(ports, own, stale)
  })
}
