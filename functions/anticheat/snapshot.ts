import type { PinnedVerdicts } from '../contract/pinned-verdicts.ts'
import { DAY_MS } from '../contract/time.ts'
import {
  parseVerdictManifestKey,
  parseVerdictsKey,
  VERDICT_COLUMNS,
  VERDICTS_FORMAT,
  type VerdictManifest,
  type VerdictRow,
  verdictManifestKey,
  verdictManifestSchema,
  verdictsKey,
  verdictsPrefix,
} from '../contract/verdicts.ts'
import { canonicalJson, sha256Hex } from '../core/digest.ts'
import { CorruptArtifact } from '../core/errors.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { readParquet, writeParquet } from '../core/parquet.ts'

/** Snapshots come daily. Only after a longer silence the whole list is read. */
const RECENT_MS = 3 * DAY_MS

export interface Snapshot extends PinnedVerdicts {
  manifest: VerdictManifest
}

/** Reads a manifest of this format. Throws CorruptArtifact for another format version. */
const manifestReader = {
  parse(value: unknown): VerdictManifest {
    const got = (value as { formatVersion?: unknown } | null)?.formatVersion
    if (got !== VERDICTS_FORMAT)
      throw new CorruptArtifact(`got format version ${String(got)}, expected ${VERDICTS_FORMAT}`)
    return verdictManifestSchema.parse(value)
  },
}

/** The newest snapshot of those made by an instant, or null if there is none yet. */
export async function newestSnapshot(
  lake: ObjectStore,
  scene: string,
  byMs: number,
): Promise<Snapshot | null> {
  const recent = verdictManifestKey({ scene, madeMs: Math.max(0, byMs - RECENT_MS) })
  for (const startAfter of [recent, undefined]) {
    const listed = await lake.list(verdictsPrefix(scene), startAfter)
    const name = listed
      .flatMap(({ key }) => parseVerdictManifestKey(key) ?? [])
      .findLast(({ madeMs }) => madeMs <= byMs)
    if (!name) continue
    const manifest = await getJson(lake, verdictManifestKey(name), manifestReader)
    return { key: verdictsKey(name), digest: manifest.sha256, manifest }
  }
  return null
}

/** Whether both digests are of states of one snapshot: an erasure took rows from the file after it was pinned. */
async function areOfOneSnapshot(
  lake: ObjectStore,
  key: string,
  digests: readonly string[],
): Promise<boolean> {
  const name = parseVerdictsKey(key)
  const manifest = name && (await findJson(lake, verdictManifestKey(name), manifestReader))
  const states = manifest && new Set([manifest.sha256, ...(manifest.erased ?? [])])
  return states !== null && digests.every((digest) => states.has(digest))
}

/**
 * The verdicts of a snapshot, in their stored order. Those of a person who was erased since it was pinned are gone.
 * Throws ObjectMissing, and CorruptArtifact if the file is not the one that was pinned.
 */
export async function loadVerdicts(
  lake: ObjectStore,
  { key, digest }: PinnedVerdicts,
): Promise<VerdictRow[]> {
  const bytes = await lake.get(key)
  const got = sha256Hex(bytes)
  if (got !== digest && !(await areOfOneSnapshot(lake, key, [got, digest])))
    throw new CorruptArtifact(`s3://${lake.bucket}/${key}: got SHA-256 ${got}, expected ${digest}`)
  return readParquet<VerdictRow>(bytes)
}

const COLUMNS = Object.keys(VERDICT_COLUMNS) as (keyof VerdictRow)[]
function compareRows(a: VerdictRow, b: VerdictRow): number {
  for (const column of COLUMNS) {
    if (a[column] < b[column]) return -1
    if (a[column] > b[column]) return 1
  }
  return 0
}

/**
 * Writes the verdicts of a snapshot in a fixed order: the same verdicts give the same bytes. The snapshot
 * is not there before `putManifest`.
 */
export async function prepareSnapshot(
  lake: ObjectStore,
  about: Omit<VerdictManifest, 'formatVersion' | 'sha256' | 'verdicts'>,
  verdicts: readonly VerdictRow[],
): Promise<Snapshot> {
  const bytes = writeParquet(VERDICT_COLUMNS, [...verdicts].sort(compareRows))
  const manifest: VerdictManifest = {
    formatVersion: VERDICTS_FORMAT,
    ...about,
    sha256: sha256Hex(bytes),
    verdicts: verdicts.length,
  }
  const key = verdictsKey(about)
  await lake.put(key, bytes)
  return { key, digest: manifest.sha256, manifest }
}

/** Writes the manifest of a snapshot: from now on the snapshot is there. */
export const putManifest = (lake: ObjectStore, { manifest }: Snapshot): Promise<void> =>
  lake.put(verdictManifestKey(manifest), canonicalJson(manifest), 'application/json')
