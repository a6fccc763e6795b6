import { folderOf } from '../contract/family.ts'
import { parseSampleFileKey, samplesPrefix } from '../contract/keys.ts'
import { sha256Hex } from '../core/digest.ts'
import { amendSet, type LeftFile } from './amend-set.ts'
import { planObject } from './rewrite-objects.ts'
import { withoutPerson } from './rewrite-parquet.ts'
import type { Change, Job, Step, Unit } from './step.ts'

/** The files of a set that name the person, as they will be. Their bytes are made again when they are written. */
async function planFiles({ lake, user }: Job, keys: readonly string[]) {
  const files: LeftFile[] = []
  let bytes = 0
  for (const key of keys.filter((one) => parseSampleFileKey(one) !== null)) {
    const stored = await lake.find(key)
    if (stored === null) continue
    bytes += stored.byteLength
    const left = await withoutPerson(stored, user, key)
    if (left) {
      const { rows, removed } = left
      files.push({ key, rows, removed, sha256: sha256Hex(left.bytes) })
    }
  }
  return { files, bytes }
}

const changeOf = ({ lake, user, erasure }: Job, files: readonly LeftFile[]): Change => ({
  rows: files.reduce((sum, { removed }) => sum + removed.length, 0),
  rewritten: files.length,
  deleted: 0,
  async apply() {
    await amendSet(lake, files, erasure)
    for (const { key } of files) {
      const stored = await lake.get(key)
      const left = await withoutPerson(stored, user, key)
      if (left) await lake.put(key, left.bytes)
    }
  },
})

/** The JSON of a set states no users. If it names the person after all, that leaves as well. */
async function planAccounts({ lake, user }: Job, keys: readonly string[]): Promise<Change[]> {
  const changes: Change[] = []
  for (const key of keys.filter((one) => one.endsWith('.json'))) {
    const stored = await lake.find(key)
    const change = stored && (await planObject(lake, key, stored, user))
    if (change) changes.push(change)
  }
  return changes
}

async function planSet(job: Job, keys: readonly string[]): Promise<Unit> {
  const { files, bytes } = await planFiles(job, keys)
  const others = await planAccounts(job, keys)
  const changes = [...(files.length > 0 ? [changeOf(job, files)] : []), ...others]
  const sum = (count: 'rows' | 'rewritten'): number =>
    changes.reduce((total, change) => total + change[count], 0)
  return {
    ...{ cursor: keys.at(-1)!, objects: keys.length, bytes, rows: 0 },
    ...(changes.length > 0 && {
      change: {
        ...{ rows: sum('rows'), rewritten: sum('rewritten'), deleted: 0 },
        async apply() {
          for (const change of changes) await change.apply()
        },
      },
    }),
  }
}

/**
 * Sets of samples, a set at a time: first its accounts, then its files. Versions pin the files by digest, so the
 * manifest is marked and keeps the files that it had.
 */
export const rewriteSamples: Step = {
  name: 'samples',
  async *units(job, cursor) {
    const listed = await job.lake.list(samplesPrefix(job.scene), cursor ?? undefined)
    const keys = listed.map(({ key }) => key)
    for (const own of Map.groupBy(keys, folderOf).values()) yield planSet(job, own)
  },
}
