import { sampleManifestSchema } from '../contract/accounts.ts'
import { sampleManifestKey, versionManifestKey } from '../contract/keys.ts'
import { versionManifestSchema } from '../contract/training.ts'
import { findJson } from '../core/objects.ts'
import type { Job, Step } from './step.ts'

type IsMarked = (fromMs: number, inputsDigest: string) => Promise<boolean>

/** Whether a set lost samples to this erasure. Each set is read once: versions share them. */
function openMarks({ lake, scene, erasure }: Job): IsMarked {
  const known = new Map<string, Promise<boolean>>()
  return (fromMs, inputsDigest) => {
    const key = sampleManifestKey({ scene, fromMs, inputsDigest })
    const found =
      known.get(key) ??
      findJson(lake, key, sampleManifestSchema).then(
        (set) => set?.erased?.erasures.includes(erasure) ?? false,
      )
    known.set(key, found)
    return found
  }
}

async function hasLearned(job: Job, version: string, isMarked: IsMarked): Promise<boolean> {
  const { models, scene } = job
  const manifest = await findJson(models, versionManifestKey(scene, version), versionManifestSchema)
  for (const { fromMs, inputsDigest } of manifest?.sets ?? [])
    if (await isMarked(fromMs, inputsDigest)) return true
  return false
}

/** Marks each version whose manifest pins a set that lost samples of the person. */
export const markVersions: Step = {
  name: 'lineage',
  async *units(job, cursor) {
    const { rows, erasure, requestedMs } = job
    const isMarked = openMarks(job)
    const marked = new Set(
      (await rows.erasedVersions())
        .filter((mark) => mark.erasure === erasure)
        .map(({ version }) => version),
    )
    for (const { version } of await rows.versions('', cursor ?? '')) {
      if (version === cursor) continue
      const isNew = !marked.has(version) && (await hasLearned(job, version, isMarked))
      const apply = (): Promise<void> =>
        rows.markErased({ version, erasure, erasedMs: requestedMs })
      yield {
        ...{ cursor: version, objects: 1, bytes: 0, rows: 0 },
        ...(isNew && { change: { rows: 1, rewritten: 0, deleted: 0, apply } }),
      }
    }
  },
}
