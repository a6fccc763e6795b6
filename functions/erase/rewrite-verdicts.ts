import {
  parseVerdictsKey,
  verdictManifestKey,
  verdictManifestSchema,
  verdictsPrefix,
} from '../contract/verdicts.ts'
import { canonicalJson, sha256Hex } from '../core/digest.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import { objectsOf, planObject, unitOf } from './rewrite-objects.ts'
import { withoutPerson } from './rewrite-parquet.ts'
import type { Change, Job, Step } from './step.ts'

/** The manifest first: from then on, the file before and the file after are both states of the snapshot. */
async function amendManifest(lake: ObjectStore, key: string, bytes: Uint8Array, rows: number) {
  const manifestKey = verdictManifestKey(parseVerdictsKey(key)!)
  const manifest = await findJson(lake, manifestKey, verdictManifestSchema)
  const sha256 = sha256Hex(bytes)
  if (!manifest || manifest.sha256 === sha256) return
  const erased = [...(manifest.erased ?? []), manifest.sha256]
  const amended = { ...manifest, sha256, verdicts: rows, erased }
  await lake.put(manifestKey, canonicalJson(amended), 'application/json')
}

async function planSnapshot(
  { lake, user }: Job,
  key: string,
  stored: Uint8Array,
): Promise<Change | null> {
  const left = await withoutPerson(stored, user, key)
  return (
    left && {
      ...{ rows: left.removed.length, rewritten: 1, deleted: 0 },
      async apply() {
        await amendManifest(lake, key, left.bytes, left.rows)
        await lake.put(key, left.bytes)
      },
    }
  )
}

/**
 * Snapshots of verdicts. Plans and versions pin them by digest, so a manifest keeps the digests that its file had, and
 * `loadVerdicts` takes each of them.
 */
export const rewriteVerdicts: Step = {
  name: 'verdicts',
  async *units(job, cursor) {
    const { lake, scene, user } = job
    for await (const { key, bytes } of objectsOf(lake, verdictsPrefix(scene), cursor)) {
      const isSnapshot = parseVerdictsKey(key) !== null
      const change = isSnapshot
        ? await planSnapshot(job, key, bytes)
        : await planObject(lake, key, bytes, user)
      yield unitOf(key, bytes, change)
    }
  },
}
