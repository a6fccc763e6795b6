import { indexVerdicts } from '../anticheat/match.ts'
import { loadVerdicts, newestSnapshot } from '../anticheat/snapshot.ts'
import { committedThrough } from '../closing/committed-closing.ts'
import {
  answerReportKey,
  parsePreferenceManifestKey,
  preferenceManifestKey,
  preferenceManifestPrefix,
  preferencesPrefix,
  TRAINER_FILES,
  trainerDataKey,
} from '../contract/keys.ts'
import {
  type PreferenceManifest,
  type PreferencesDefinition,
  preferenceManifestSchema,
} from '../contract/preferences.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS } from '../contract/time.ts'
import { canonicalJson } from '../core/digest.ts'
import { InvalidInput } from '../core/errors.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { writeTrainerFile } from './preferences/layouts.ts'
import { makeDay } from './preferences/make-day.ts'
import { isWhole, planDays } from './preferences/plan-days.ts'
import { readNewest } from './preferences/read-newest.ts'
import { reportAnswers } from './preferences/report-answers.ts'
import { type SelectOptions, selectSamples } from './preferences/select-samples.ts'

export interface PreferencePorts {
  lake: ObjectStore
  codeDigest: string
}

export interface MadePreferences {
  /** Days that this call made. */
  days: number
  /** Days that are due and left to the next call. */
  waiting: number
  /** Rows and finds of personal data of these days. */
  rows: number
  personalData: number
  /** Samples in the files for trainers, of all days. */
  samples: number
}

/** One call makes so many days at most, the earliest first: fewer than its time allows. */
const MAX_DAYS = 31

async function readManifests(lake: ObjectStore, scene: string): Promise<PreferenceManifest[]> {
  const listed = await lake.list(preferenceManifestPrefix(scene))
  const names = listed.flatMap(({ key }) => parsePreferenceManifestKey(key) ?? [])
  return readEach(names, (name) =>
    getJson(lake, preferenceManifestKey(name), preferenceManifestSchema),
  )
}

/** Validation has the last days and people of its own. Without either, all is trained on. */
function selectOptions(
  { validationShare, validationDays, seed, minSimilarity }: PreferencesDefinition,
  throughMs: number,
): SelectOptions {
  const isSplit = validationShare > 0 && validationDays > 0
  const validationFromMs = throughMs - validationDays * DAY_MS
  return {
    split: isSplit ? { validationFromMs, validationShare, seed } : null,
    nearDuplicates: { minSimilarity, seed },
  }
}

/** Days whose rows are in the lake, or that have none. `lakeRetentionDays` deletes rows, and manifests stay. */
async function keptDays(
  lake: ObjectStore,
  scene: string,
  manifests: readonly PreferenceManifest[],
): Promise<PreferenceManifest[]> {
  const listed = new Set((await lake.list(preferencesPrefix(scene))).map(({ key }) => key))
  return manifests.filter(({ key }) => key === null || listed.has(key))
}

/** Writes the files for trainers and the report, of all days. Returns the number of samples. */
async function writeAll(
  lake: ObjectStore,
  scene: string,
  definition: PreferencesDefinition,
  manifests: readonly PreferenceManifest[],
): Promise<number> {
  const kept = await keptDays(lake, scene, manifests)
  const last = kept.at(-1)
  if (!last) return 0
  const newest = await readNewest(lake, kept)
  const selected = selectSamples(newest.rows, selectOptions(definition, last.dayMs + DAY_MS))
  for (const file of TRAINER_FILES)
    await lake.put(
      trainerDataKey(scene, file),
      writeTrainerFile(file, selected),
      'application/json',
    )
  const expiredDays = manifests.length - kept.length
  const report = { ...reportAnswers(scene, kept, newest, selected), expiredDays }
  await lake.put(answerReportKey(scene, last.dayMs), canonicalJson(report), 'application/json')
  const { preference, instruction } = selected.samples
  return [preference, instruction]
    .flatMap(({ train, validation }) => [train, validation])
    .reduce((sum, { length }) => sum + length, 0)
}

/**
 * Makes each closed day of which there is nothing yet, or whose events or verdicts have changed since; then the files for
 * trainers and the report, of all days. A turn is in the day in which its window ends. A call that is stopped anywhere is
 * continued by the next one. Throws InvalidInput for a scene without `preferences`.
 */
export async function makePreferencesOf(
  { lake, codeDigest }: PreferencePorts,
  scene: Scene,
  scheduledMs: number,
): Promise<MadePreferences> {
  const { scene: name, preferences: definition, maxEventAgeDays } = scene
  if (!definition)
    throw new InvalidInput(`scene ${name}: expected a section "preferences"; nothing was made`)
  const nothing = { days: 0, waiting: 0, rows: 0, personalData: 0, samples: 0 }
  const committedMs = await committedThrough(lake, scene, scheduledMs)
  if (committedMs === null) return nothing
  const snapshot = await newestSnapshot(lake, name, scheduledMs)
  const verdicts = snapshot ? await loadVerdicts(lake, snapshot) : []
  const { days, firstHourMs } = await planDays(lake, name, { definition, committedMs, verdicts })
  const known = new Map((await readManifests(lake, name)).map((one) => [one.dayMs, one]))
  const due = days.filter((day) => {
    const manifest = known.get(day.dayMs)
    if (!manifest) return true
    const isChanged = manifest.inputsDigest !== day.inputsDigest
    return isChanged && isWhole(day, firstHourMs!, committedMs, maxEventAgeDays)
  })
  const request = { scene: name, definition, verdicts: indexVerdicts(verdicts), committedMs }
  const made: PreferenceManifest[] = []
  for (const day of due.slice(0, MAX_DAYS)) {
    const before = known.get(day.dayMs)
    const manifest = await makeDay(lake, day, { ...request, codeDigest })
    known.set(day.dayMs, manifest)
    made.push(manifest)
    // Nothing names the rows of before any more.
    if (before?.key && before.key !== manifest.key) await lake.delete(before.key)
  }
  const manifests = [...known.values()].sort((a, b) => a.dayMs - b.dayMs)
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
  return {
    ...{ days: made.length, waiting: due.length - made.length },
    rows: sum(made.map(({ rows }) => rows)),
    personalData: sum(made.flatMap((one) => Object.values(one.personalData))),
    samples: await writeAll(lake, name, definition, manifests),
  }
}
