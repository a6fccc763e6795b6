import { searchDeletionsKey, searchSegmentKey, searchSnapshotKey } from '../contract/keys.ts'
import type { SearchPointer, SearchSnapshot, SnapshotSegment } from '../contract/search-index.ts'
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
import { encodeBitmap, withDeleted } from './segment/bitmap.ts'
import { encodeSegment } from './segment/encode-segment.ts'
import type { EncodedSegment, FieldTerms, IndexedDocument, SegmentShape } from './segment/types.ts'
import { loadPointer, movePointer } from './state.ts'
import { compareVersions, type Version } from './version.ts'

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
    ...{ totals: {}, segments: [] },
  }
  return { snapshot, segments: [] }
}

/** The newest known version of a document: of the one that is found, or of a gone one. */
function newestVersion(segments: readonly OpenSegment[], id: string): Version | null {
  let newest: Version | null = null
  for (const { segment } of segments) {
    const doc = segment.find(id)
    if (doc < 0) continue
    const version = segment.versionOf(doc)
    if (!newest || compareVersions(version, newest) > 0) newest = version
  }
  return newest
}

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
function countOff(totals: Totals, { segment }: OpenSegment, docs: readonly number[]): void {
  for (const field of segment.shape.fields)
    for (const doc of docs) {
      const length = segment.exactLength(field, doc)
      if (length === 0) continue
      totals[field]!.docs--
      totals[field]!.tokens -= length
    }
}

interface Replacement {
  entry: SnapshotSegment
  /** The bytes of its new deletions. */
  bits: Uint8Array
}

/** Marks the older copies of these documents as deleted, and counts them off. */
function replaceOlder(
  open: OpenSegment,
  ids: readonly string[],
  totals: Totals,
): Replacement | null {
  const docs = ids
    .map((id) => open.segment.find(id))
    .filter((doc) => doc >= 0 && !open.deleted.has(doc))
    .sort((a, b) => a - b)
  if (docs.length === 0) return null
  countOff(totals, open, docs)
  const bits = encodeBitmap(withDeleted(open.deleted, docs))
  const deletions = sha256Hex(bits).slice(0, 32)
  return { entry: { ...open.entry, live: open.entry.live - docs.length, deletions }, bits }
}

/** A copy of the totals, with every field of the shape. */
const totalsBefore = ({ fields }: SegmentShape, { totals }: SearchSnapshot): Totals =>
  Object.fromEntries(fields.map((field) => [field, { docs: 0, tokens: 0, ...totals[field] }]))

/** Adds what a new segment has. */
function countOn(totals: Totals, { fields }: SegmentShape, added: EncodedSegment): void {
  for (const [n, field] of fields.entries()) {
    totals[field]!.docs += added.totals[n]!.docs
    totals[field]!.tokens += added.totals[n]!.tokens
  }
}

/**
 * Adds documents (one for each id) to a generation: one segment of those that are newer than what it has, the older
 * copies deleted, one move of the pointer. Returns how many are newer; a repeat changes nothing. A writer that is stopped anywhere
 * leaves only objects that no snapshot names, with the bytes that a repeat would write.
 * Throws QuartermasterError where other writers move the pointer first each time (retried).
 */
export async function addDocuments(
  ports: WriterPorts,
  generation: string,
  shape: SegmentShape,
  documents: readonly IndexedDocument<FieldTerms>[],
  throughMs: number,
): Promise<number> {
  const { models, online, scene } = ports
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const pointer = await loadPointer(online, scene, generation)
    const { snapshot, segments } = await openPointed(ports, generation, pointer)
    const fresh = documents.filter(({ id, version }) => {
      const known = newestVersion(segments, id)
      return known === null || compareVersions(version, known) > 0
    })
    if (fresh.length === 0) return 0
    const totals = totalsBefore(shape, snapshot)
    const ids = fresh.map(({ id }) => id)
    const entries: SnapshotSegment[] = []
    for (const open of segments) {
      const replaced = replaceOlder(open, ids, totals)
      entries.push(replaced?.entry ?? open.entry)
      if (replaced)
        await models.put(
          searchDeletionsKey(scene, generation, replaced.entry.deletions!),
          replaced.bits,
        )
    }
    const added = encodeSegment(shape, fresh)
    countOn(totals, shape, added)
    entries.push(await putSegment(ports, generation, added))
    const next: SearchSnapshot = {
      ...{ scene, generation, n: (pointer?.n ?? 0) + 1, totals, segments: entries },
      throughMs: Math.max(snapshot.throughMs, throughMs),
      live: entries.reduce((sum, { live }) => sum + live, 0),
    }
    if (await flipSnapshot(ports, pointer, next)) return fresh.length
  }
  throw new QuartermasterError(
    `search index ${generation} of ${scene}: other writers moved its pointer ${ATTEMPTS} times; these documents were not added`,
  )
}
