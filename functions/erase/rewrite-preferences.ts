import { parsePreferencesKey, preferenceManifestKey, preferencesPrefix } from '../contract/keys.ts'
import {
  type PreferenceManifest,
  preferenceManifestSchema,
  type TurnAccount,
} from '../contract/preferences.ts'
import { canonicalJson } from '../core/digest.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import { objectsOf, unitOf } from './rewrite-objects.ts'
import { type Row, type WithoutPerson, withoutPerson } from './rewrite-parquet.ts'
import type { Change, Job, Step } from './step.ts'

/** turns = kept + excluded + undecided still holds. */
function subtractTurns(account: TurnAccount, removed: readonly Row[], kind: string): TurnAccount {
  const gone = removed.filter((row) => row['kind'] === kind).length
  return { ...account, turns: account.turns - gone, kept: account.kept - gone }
}

const amended = (manifest: PreferenceManifest, { rows, removed }: WithoutPerson) => ({
  ...manifest,
  rows,
  accounts: {
    preference: subtractTurns(manifest.accounts.preference, removed, 'preference'),
    instruction: subtractTurns(manifest.accounts.instruction, removed, 'instruction'),
  },
})

/** The account of the day first, so that a repeat finds it done. */
async function amendDay(lake: ObjectStore, key: string, left: WithoutPerson): Promise<void> {
  const manifestKey = preferenceManifestKey(parsePreferencesKey(key)!)
  const manifest = await findJson(lake, manifestKey, preferenceManifestSchema)
  if (!manifest || manifest.key !== key || manifest.rows === left.rows) return
  await lake.put(manifestKey, canonicalJson(amended(manifest, left)), 'application/json')
}

async function planDay({ lake, user }: Job, key: string, stored: Uint8Array) {
  const left = parsePreferencesKey(key) && (await withoutPerson(stored, user, key))
  if (!left) return null
  const change: Change = {
    ...{ rows: left.removed.length, rewritten: 1, deleted: 0 },
    async apply() {
      await amendDay(lake, key, left)
      await lake.put(key, left.bytes)
    },
  }
  return change
}

/** What people thought of answers. The files for trainers are made of it, see `deleteTrainerData`. */
export const rewritePreferences: Step = {
  name: 'preferences',
  async *units(job, cursor) {
    for await (const { key, bytes } of objectsOf(job.lake, preferencesPrefix(job.scene), cursor))
      yield unitOf(key, bytes, await planDay(job, key, bytes))
  },
}
