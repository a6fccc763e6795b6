import { searchDeletionsKey, searchSegmentKey } from '../contract/keys.ts'
import {
  type SearchPointer,
  type SearchSnapshot,
  type SnapshotSegment,
  searchSnapshotSchema,
} from '../contract/search-index.ts'
import { sha256Hex } from '../core/digest.ts'
import { CorruptArtifact, describeFirstError } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { type Bitmap, decodeBitmap, goneBitmap } from './segment/bitmap.ts'
import { openSegment } from './segment/open-segment.ts'
import type { Segment } from './segment/types.ts'

/** A segment of a snapshot, in memory. */
export interface OpenSegment {
  entry: SnapshotSegment
  segment: Segment
  /** Replaced and gone documents. */
  deleted: Bitmap
}
export interface OpenSnapshot {
  snapshot: SearchSnapshot
  segments: readonly OpenSegment[]
}

export type OpenEntry = (snapshot: SearchSnapshot, entry: SnapshotSegment) => Promise<Segment>

/**
 * Opened segments and deletions by their keys. One process keeps those of the snapshots that it opened
 * last, one for each generation. Memory: their `index` objects, where `open` does not open them otherwise.
 */
export interface SegmentCache {
  open: OpenEntry | null
  segments: Map<string, Promise<Segment>>
  deletions: Map<string, Promise<Bitmap>>
  /** The keys that the newest snapshot of a generation needs. */
  needed: Map<string, ReadonlySet<string>>
}
export const createSegmentCache = (open: OpenEntry | null = null): SegmentCache => ({
  open,
  segments: new Map(),
  deletions: new Map(),
  needed: new Map(),
})

/** Loads once; a failed load is forgotten. */
function once<T>(held: Map<string, Promise<T>>, key: string, load: () => Promise<T>): Promise<T> {
  const known = held.get(key)
  if (known) return known
  const loading = load()
  held.set(key, loading)
  loading.catch(() => held.delete(key))
  return loading
}

/** A snapshot by its pointer. Throws ObjectMissing, or CorruptArtifact where the bytes are not what the pointer names. */
export async function loadSnapshot(
  models: Pick<ObjectStore, 'get' | 'bucket'>,
  { snapshot: key, sha256 }: SearchPointer,
): Promise<SearchSnapshot> {
  const bytes = await models.get(key)
  const found = sha256Hex(bytes)
  if (found !== sha256)
    throw new CorruptArtifact(
      `s3://${models.bucket}/${key}: got SHA-256 ${found}, expected ${sha256}`,
    )
  try {
    return searchSnapshotSchema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch (cause) {
    throw new CorruptArtifact(`s3://${models.bucket}/${key}: ${describeFirstError(cause)}`, {
      cause,
    })
  }
}

/** Opens all segments of a snapshot; those that the cache has cost nothing. Forgets those that it no longer needs. */
export async function openSnapshot(
  models: Pick<ObjectStore, 'get' | 'bucket'>,
  snapshot: SearchSnapshot,
  cache: SegmentCache,
): Promise<OpenSnapshot> {
  const { scene, generation } = snapshot
  const needed = new Set<string>()
  const opening = snapshot.segments.map(async (entry): Promise<OpenSegment> => {
    const key = searchSegmentKey(scene, generation, entry.digest, 'index')
    needed.add(key)
    const deletionsKey =
      entry.deletions === null
        ? `${key} gone`
        : searchDeletionsKey(scene, generation, entry.deletions)
    needed.add(deletionsKey)
    const segment = await once(cache.segments, key, async () =>
      cache.open ? cache.open(snapshot, entry) : openSegment(await models.get(key), key),
    )
    const deleted = await once(cache.deletions, deletionsKey, async () =>
      entry.deletions === null
        ? goneBitmap(segment)
        : decodeBitmap(await models.get(deletionsKey), deletionsKey),
    )
    return { entry, segment, deleted }
  })
  const segments = await Promise.all(opening)
  cache.needed.set(`${scene} ${generation}`, needed)
  forgetUnneeded(cache)
  return { snapshot, segments }
}

function forgetUnneeded({ segments, deletions, needed }: SegmentCache): void {
  const sets = [...needed.values()]
  for (const held of [segments, deletions])
    for (const key of held.keys()) if (!sets.some((set) => set.has(key))) held.delete(key)
}

/** Forgets all generations of a scene but these. */
export function closeOthers(
  cache: SegmentCache,
  scene: string,
  generations: readonly { generation: string }[],
): void {
  const kept = new Set(generations.map(({ generation }) => `${scene} ${generation}`))
  for (const name of cache.needed.keys())
    if (name.startsWith(`${scene} `) && !kept.has(name)) cache.needed.delete(name)
  forgetUnneeded(cache)
}
