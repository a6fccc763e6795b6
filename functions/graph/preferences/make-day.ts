import { matchVerdict, type VerdictIndex } from '../../anticheat/match.ts'
import { preferenceManifestKey, preferencesKey } from '../../contract/keys.ts'
import {
  PREFERENCE_COLUMNS,
  type PreferenceManifest,
  type PreferencesDefinition,
} from '../../contract/preferences.ts'
import { DAY_MS } from '../../contract/time.ts'
import { canonicalJson } from '../../core/digest.ts'
import { createInterner } from '../../core/intern.ts'
import type { ObjectStore } from '../../core/objects.ts'
import { writeParquet } from '../../core/parquet.ts'
import { readFiles } from '../../core/read-rows.ts'
import { ANSWER_COLUMNS, type AnswerEvent, readAnswers } from './answers.ts'
import { judgeTurns } from './judge-turns.ts'
import { type PlannedDay, windowMsOf } from './plan-days.ts'

const DIGEST_DIGITS = 32

/** Reads the events of a day. Memory: its rows, and each context once: the impressions of a request share one. */
async function readDay(
  lake: ObjectStore,
  { dayMs, fromMs, keys }: PlannedDay,
): Promise<AnswerEvent[]> {
  const intern = createInterner()
  const events: AnswerEvent[] = []
  for await (const rows of readFiles<AnswerEvent>(lake, keys, { columns: ANSWER_COLUMNS }))
    for (const row of rows)
      if (row.timeMs >= fromMs && row.timeMs < dayMs + DAY_MS)
        events.push(row.context == null ? row : { ...row, context: intern(row.context) })
  return events
}

export interface DayRequest {
  scene: string
  definition: PreferencesDefinition
  verdicts: VerdictIndex
  committedMs: number
  codeDigest: string
}

/**
 * Makes the rows of one day, then its manifest. Without the manifest the day is not there. A repeat writes the same
 * bytes.
 */
export async function makeDay(
  lake: ObjectStore,
  day: PlannedDay,
  request: DayRequest,
): Promise<PreferenceManifest> {
  const { scene, definition, verdicts, committedMs, codeDigest } = request
  const { dayMs, inputsDigest } = day
  const windowMs = windowMsOf(definition)
  const read = readAnswers(await readDay(lake, day), {
    ...{ windowMs, countedFromMs: dayMs },
    isExcluded: (event) => (matchVerdict(verdicts, event)?.weight ?? 1) <= 0,
  })
  const interval = { fromMs: dayMs, throughMs: dayMs + DAY_MS }
  const { rows, ...judged } = judgeTurns(read.answers, { definition, windowMs, ...interval })
  const key =
    rows.length > 0
      ? preferencesKey({ scene, dayMs, digest: inputsDigest.slice(0, DIGEST_DIGITS) })
      : null
  if (key !== null) await lake.put(key, writeParquet(PREFERENCE_COLUMNS, rows))
  const manifest: PreferenceManifest = {
    ...{ formatVersion: 1, scene, dayMs, key, rows: rows.length, inputsDigest },
    ...{ closedThroughMs: committedMs, ...judged },
    ...{ unreadable: read.unreadable, orphans: read.orphans, codeDigest },
  }
  const body = canonicalJson(manifest)
  await lake.put(preferenceManifestKey({ scene, dayMs }), body, 'application/json')
  return manifest
}
