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
  /** Parts whose objects are looked at; those of any other are left alone. */
  parts: readonly Pick<ReleasePart<never>, 'name' | 'objects'>[]
}
export interface Collected {
  /** Versions whose files went, and keys of other parts' objects; how many objects that were. */
  versions: string[]
  objects: number
  bytes: number
  /** Who is writing, where nothing was looked at because of that: tomorrow is soon enough. */
  waitsFor: string | null
}

const NOTHING = { versions: [], objects: 0, bytes: 0 }

interface Doomed {
  key: string
  bytes: number
  /** Under which it is collected. */
  name: string
}

/** What of these objects no release that is kept needs, and nothing is built on any more. */
async function chooseDoomed(
  { registry, parts }: CollectPorts,
  current: CurrentRow,
  objects: readonly { key: string; bytes: number }[],
  nowMs: number,
): Promise<Doomed[]> {
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
 * Deletes the models, job archives and checkpoints of versions that nobody will serve or build on,
 * and the objects of parts that only such releases have; manifests, scores and registry rows stay. The bucket keeps versions: a delete leaves a marker, and
 * the bytes go 30 days later with the noncurrent ones.
 *
 * Who flips reads CURRENT, then the marks, and writes on CURRENT's fence. So: raise the fence, which
 * makes its number this writer's own; choose; mark; raise it again; only then delete. A flip that
 * has not seen the marks holds an older fence and does not happen; one that came before the second
 * raise makes that fail, and the marks with this writer's number are taken back. Killed anywhere,
 * the next collection takes up what is left. Does nothing while another writer holds the lease, who
 * would lose his place by it: a run outlasts the retries of a call, and nothing is lost by a day.
 * Throws LostRace when another writer comes between (retried).
 */
export async function collectReleases(
  ports: CollectPorts,
  scene: string,
  nowMs: number,
): Promise<Collected> {
  const { models, registry } = ports
  const current = await registry.current()
  const objects = await models.list(sceneModelsPrefix(scene))
  if (!current || (await chooseDoomed(ports, current, objects, nowMs)).length === 0)
    return { ...NOTHING, waitsFor: null }
  const { lease } = current
  if (lease && lease.untilMs > nowMs)
    return { ...NOTHING, waitsFor: `${lease.owner} until ${isoSeconds(lease.untilMs)}` }
  const taken = await changeCurrent(registry, current, {})
  const doomed = await chooseDoomed(ports, taken, objects, nowMs)
  const versions = [...new Set(doomed.map(({ name }) => name))].sort()
  const marks = new Map((await registry.collectionMarks()).map((row) => [row.version, row]))
  const markOf = (version: string) => ({ version, collectedMs: nowMs, fence: taken.fence })
  try {
    const isMarked = await readEach(versions, (version) =>
      registry.markCollected(markOf(version), marks.get(version) ?? null),
    )
    if (isMarked.includes(false)) throw new LostRace(taken.fence)
    await changeCurrent(registry, taken, {})
  } catch (error) {
    // What was marked before may be half deleted by now: that mark stays.
    const ours = versions.filter((version) => (marks.get(version)?.collectedMs ?? null) === null)
    await readEach(ours, (version) => registry.unmarkCollected(markOf(version)))
    throw error
  }
  await readEach(doomed, ({ key }) => models.delete(key))
  return {
    versions,
    objects: doomed.length,
    bytes: doomed.reduce((sum, { bytes }) => sum + bytes, 0),
    waitsFor: null,
  }
}
