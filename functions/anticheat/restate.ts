import { anticheatOf, type Statement } from '../contract/anticheat.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS } from '../contract/time.ts'
import { parseVerdictManifestKey, type VerdictRow, verdictsPrefix } from '../contract/verdicts.ts'
import { canonicalJson, digestOf } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import type { TableStore } from '../core/tables.ts'
import { judge } from './judge.ts'
import { publishVerdicts } from './publish.ts'
import {
  loadVerdicts,
  newestSnapshot,
  prepareSnapshot,
  putManifest,
  type Snapshot,
} from './snapshot.ts'

export interface RestatePorts {
  lake: ObjectStore
  online: Pick<TableStore, 'putAll' | 'putIfGreater'>
  /** What operators said, at any time. */
  statements: () => Promise<readonly Statement[]>
}
export interface Restated {
  snapshot: Snapshot
  verdicts: VerdictRow[]
}

/** A statement and a screening that write at the same time are within this time of each other. */
const RECENT_MS = 3 * DAY_MS

/**
 * The newest snapshot, and the newest of those that were screened furthest: they differ if a statement
 * and a screening were made at the same time. Null: nothing was screened yet.
 */
async function findSnapshots(lake: ObjectStore, scene: string) {
  const listed = await lake.list(verdictsPrefix(scene))
  const times = listed.flatMap(({ key }) => parseVerdictManifestKey(key)?.madeMs ?? [])
  const newestMs = times.at(-1)
  if (newestMs === undefined) return null
  const recent = times.filter((madeMs) => madeMs >= newestMs - RECENT_MS)
  const snapshots = await readEach(recent, (madeMs) => newestSnapshot(lake, scene, madeMs))
  const found = snapshots.filter((snapshot) => snapshot !== null)
  const furthest = Math.max(...found.map(({ manifest }) => manifest.screenedThroughMs))
  const base = found.findLast(({ manifest }) => manifest.screenedThroughMs === furthest)!
  return { newest: found.at(-1)!, base }
}

const asSet = (rows: readonly VerdictRow[]): string =>
  canonicalJson(rows.map((row) => canonicalJson(row)).sort())

/**
 * Applies what operators said by an instant to the newest verdicts, and writes them as a snapshot of
 * that instant, so that the next run and the online side have it at once. Detectors do not run, and the
 * counts are corrected by the next screening. A repeat, or a statement that changes nothing, writes no
 * snapshot. Null: nothing was screened yet, and the first screening takes the statements.
 *
 * A screening that ends while this runs does not know the newest statement, and this does not know its
 * findings. So each of them calls this after its own manifest: whichever ends last joins both.
 */
export async function restateVerdicts(
  { lake, online, statements }: RestatePorts,
  scene: Scene,
  byMs: number,
): Promise<Restated | null> {
  const name = scene.scene
  const snapshots = await findSnapshots(lake, name)
  if (!snapshots) return null
  const { newest, base } = snapshots
  const { manifest, key, digest } = base
  // What was said for a newer snapshot stays.
  const atMs = Math.max(byMs, newest.manifest.madeMs)
  const spoken = (await statements()).filter(({ saidMs }) => saidMs <= atMs)
  const { holdback: share, seed } = anticheatOf(scene)
  const { verdicts } = judge({
    findings: [],
    previous: await loadVerdicts(lake, base),
    statements: spoken,
    screenedMs: atMs,
    holdback: { share, seed },
  })
  if (asSet(verdicts) === asSet(await loadVerdicts(lake, newest)))
    return { snapshot: newest, verdicts }
  const snapshot = await prepareSnapshot(
    lake,
    {
      scene: name,
      madeMs: Math.max(byMs, newest.manifest.madeMs + 1),
      previousMs: manifest.madeMs,
      screenedFromMs: manifest.screenedFromMs,
      screenedThroughMs: manifest.screenedThroughMs,
      detectorsDigest: manifest.detectorsDigest,
      inputsDigest: digestOf({ previous: { key, digest }, spoken }),
    },
    verdicts,
  )
  await publishVerdicts(online, snapshot.manifest, verdicts)
  await putManifest(lake, snapshot)
  const after = await findSnapshots(lake, name)
  // A screening has ended meanwhile: its findings are joined with the statements.
  if (after!.base.manifest.screenedThroughMs > manifest.screenedThroughMs)
    return restateVerdicts({ lake, online, statements }, scene, byMs)
  return { snapshot, verdicts }
}
