import { sceneModelsPrefix } from '../contract/keys.ts'
import type { CurrentRow } from '../contract/registry.ts'
import { isoSeconds } from '../contract/time.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { changeCurrent, LostRace } from '../registry/change-current.ts'
import type { Registry } from '../registry/registry.ts'
import { chooseKept, collectionName } from './keep.ts'
import { objectsOf, type ReleasePart } from './parts/part.ts'

export interface CollectPorts {
  models: ObjectStore
  registry: Registry
  /** Parts whose objects may be deleted. Those of any other part stay. */
  parts: readonly Pick<ReleasePart<never>, 'name' | 'objects'>[]
}
export interface Collected {
  /** Versions whose files were deleted, and keys of deleted objects of other parts. */
  versions: string[]
  /** How many objects were deleted. */
  objects: number
  bytes: number
  /** The holder of the lease, where the collection was skipped until tomorrow; else null. */
  waitsFor: string | null
}

const NOTHING = { versions: [], objects: 0, bytes: 0 }

interface Unneeded {
  key: string
  bytes: number
  /** The name that it is collected under, see `collectionName`. */
  name: string
}

/** The objects that no kept release needs and no run will build on. */
async function chooseUnneeded(
  { registry, parts }: CollectPorts,
  current: CurrentRow,
  objects: readonly { key: string; bytes: number }[],
  nowMs: number,
): Promise<Unneeded[]> {
  const [rows, versions] = await Promise.all([registry.releases(), registry.versions()])
  const releases = rows.map((row) => ({ ...row, objects: objectsOf(parts, row) }))
  const kept = chooseKept(current, releases, versions, nowMs)
  const released = releases.flatMap((release) => release.objects.map(collectionName))
  const known = new Set([...versions.map(({ version }) => version), ...released])
  return objects
    .map(({ key, bytes }) => ({ key, bytes, name: collectionName(key) }))
    .filter(({ name }) => known.has(name) && !kept.has(name))
}

/**
 * Deletes the models, job archives and checkpoints of versions that no release or run needs any
 * more, and the objects of parts that only such releases have. Manifests, scores and registry rows
 * stay. The bucket is versioned: a delete leaves a marker, and the bytes are deleted 30 days later.
 *
 * A flip reads CURRENT, then the marks, and writes CURRENT on condition of its fence. So the
 * collection raises the fence, which gives this writer a number of its own; chooses; marks; raises
 * the fence again; and only then deletes. A flip that has not seen the marks holds an older fence
 * and fails. A flip before the second raise makes that raise fail, and the marks with this writer's
 * number are taken back. After a crash anywhere, the next collection continues.
 *
 * Does nothing while another writer holds the lease: that writer would lose it, and collection can
 * wait a day. Throws LostRace where another writer changes CURRENT first (retried).
 */
export async function collectReleases(
  ports: CollectPorts,
  scene: string,
  nowMs: number,
): Promise<Collected> {
  const { models, registry } = ports
  const current = await registry.current()
  const objects = await models.list(sceneModelsPrefix(scene))
  if (!current || (await chooseUnneeded(ports, current, objects, nowMs)).length === 0)
    return { ...NOTHING, waitsFor: null }
  const { lease } = current
  if (lease && lease.untilMs > nowMs)
    return { ...NOTHING, waitsFor: `${lease.owner} until ${isoSeconds(lease.untilMs)}` }
  const taken = await changeCurrent(registry, current, {})
  const unneeded = await chooseUnneeded(ports, taken, objects, nowMs)
  const versions = [...new Set(unneeded.map(({ name }) => name))].sort()
  const marks = new Map((await registry.collectionMarks()).map((row) => [row.version, row]))
  const markOf = (version: string) => ({ version, collectedMs: nowMs, fence: taken.fence })
  try {
    const isMarked = await readEach(versions, (version) =>
      registry.markCollected(markOf(version), marks.get(version) ?? null),
    )
    if (isMarked.includes(false)) throw new LostRace(taken.fence)
    await changeCurrent(registry, taken, {})
  } catch (error) {
    // Versions that were marked before may be half deleted: their marks stay.
    const ours = versions.filter((version) => (marks.get(version)?.collectedMs ?? null) === null)
    await readEach(ours, (version) => registry.unmarkCollected(markOf(version)))
    throw error
  }
  await readEach(unneeded, ({ key }) => models.delete(key))
  return {
    versions,
    objects: unneeded.length,
    bytes: unneeded.reduce((sum, { bytes }) => sum + bytes, 0),
    waitsFor: null,
  }
}
