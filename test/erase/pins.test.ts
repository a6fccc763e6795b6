import { describe, expect, test } from 'vitest'
import { loadVerdicts, newestSnapshot } from '../../functions/anticheat/snapshot.ts'
import { preferenceManifestKey, preferencesKey } from '../../functions/contract/keys.ts'
import {
  type PreferenceManifest,
  preferenceManifestSchema,
} from '../../functions/contract/preferences.ts'
import { verdictManifestKey } from '../../functions/contract/verdicts.ts'
import { canonicalJson } from '../../functions/core/digest.ts'
import { getJson } from '../../functions/core/objects.ts'
import { erase } from '../make/erase-runs.ts'
import { makeEraseWorld, OTHER, PERSON, REQUESTED } from '../make/erase-world.ts'
import { DAY0_MS } from '../make/events.ts'

const DAY = { scene: 'feed', dayMs: DAY0_MS }
const turns = { turns: 5, kept: 2, excluded: 1, undecided: 2 }
const manifest: PreferenceManifest = {
  ...{ formatVersion: 1, ...DAY, key: preferencesKey({ ...DAY, digest: 'f'.repeat(32) }), rows: 2 },
  ...{ inputsDigest: 'f'.repeat(64), closedThroughMs: DAY0_MS, personalData: {} },
  accounts: { preference: turns, instruction: { ...turns, kept: 0, turns: 3 } },
  ...{ unreadable: 0, orphans: 0, releases: [], codeDigest: 'code' },
}

describe('What pins an object that is written again', () => {
  test('The manifest of a day states the preferences that are left', async () => {
    const world = await makeEraseWorld()
    const key = preferenceManifestKey(DAY)
    await world.lake.put(key, canonicalJson(manifest))
    await erase(world)
    expect(await getJson(world.lake, key, preferenceManifestSchema)).toEqual({
      ...manifest,
      rows: 1,
      accounts: { ...manifest.accounts, preference: { ...turns, turns: 4, kept: 1 } },
    })
  })

  test('A day that was made again meanwhile keeps its own account', async () => {
    const world = await makeEraseWorld()
    const key = preferenceManifestKey(DAY)
    const other = { ...manifest, key: preferencesKey({ ...DAY, digest: 'e'.repeat(32) }) }
    await world.lake.put(key, canonicalJson(other))
    await erase(world)
    expect(await getJson(world.lake, key, preferenceManifestSchema)).toEqual(other)
  })

  test('Verdicts can be read between the writes of manifest and file', async () => {
    const world = await makeEraseWorld()
    const before = (await newestSnapshot(world.lake, 'feed', REQUESTED))!
    const file = await world.lake.get(before.key)
    await erase(world)
    const after = (await newestSnapshot(world.lake, 'feed', REQUESTED))!
    // As it is after a kill: the manifest is that of after, the file that of before.
    await world.lake.put(before.key, file)
    for (const pinned of [before, after]) {
      const ids = (await loadVerdicts(world.lake, pinned)).map(({ id }) => id)
      expect(ids).toEqual([PERSON, OTHER])
    }
  })

  test('A file without its manifest is refused where its digest differs', async () => {
    const world = await makeEraseWorld()
    const pinned = (await newestSnapshot(world.lake, 'feed', REQUESTED))!
    await erase(world)
    await world.lake.delete(verdictManifestKey(pinned.manifest))
    await expect(loadVerdicts(world.lake, pinned)).rejects.toThrow(/got SHA-256/)
  })
})
