import { closedKey, closedPrefix, parseClosedKey } from '../../contract/keys.ts'
import type { PreferencesDefinition } from '../../contract/preferences.ts'
import { DAY_MS, floorDay, floorHour, HOUR_MS, MINUTE_MS } from '../../contract/time.ts'
import type { VerdictRow } from '../../contract/verdicts.ts'
import { canonicalJson, digestOf } from '../../core/digest.ts'
import type { ObjectStore } from '../../core/objects.ts'

/** Another number: all days are made again. */
const MAKER = 1
/** A turn's answers may be as many windows before the day in which it ends. */
const WINDOWS_BEFORE = 3

/** One day of turns, by the end of their window, and what it is made of. */
export interface PlannedDay {
  dayMs: number
  /** Events are read from here, through the end of the day. */
  fromMs: number
  /** Closed files, in order. */
  keys: string[]
  /** SHA-256 of the closed files' names, of what verdicts say of their hours, and of the definition. */
  inputsDigest: string
}

export interface PlanInputs {
  definition: PreferencesDefinition
  committedMs: number
  verdicts: readonly VerdictRow[]
}

export const windowMsOf = ({ windowMinutes }: PreferencesDefinition): number =>
  windowMinutes * MINUTE_MS

/** What verdicts say of an interval, without what the rows do not depend on. In a fixed order. */
function cutVerdicts(rows: readonly VerdictRow[], fromMs: number, throughMs: number): unknown[] {
  return rows
    .filter((row) => row.action !== 'watch' && row.fromMs < throughMs && row.throughMs > fromMs)
    .map(({ subject, id, items, action, weight, ...row }) => ({
      ...{ subject, id, items, action, weight },
      fromMs: Math.max(row.fromMs, fromMs),
      throughMs: Math.min(row.throughMs, throughMs),
    }))
    .map((row) => canonicalJson(row))
    .sort()
}

/**
 * The days whose end is closed and of which there is any closed file, in order. `firstHourMs` is the first hour of which
 * the lake has one. Only lists: no object is read.
 */
export async function planDays(
  lake: Pick<ObjectStore, 'list'>,
  scene: string,
  { definition, committedMs, verdicts }: PlanInputs,
): Promise<{ days: PlannedDay[]; firstHourMs: number | null }> {
  const files = (await lake.list(closedPrefix(scene)))
    .flatMap(({ key }) => parseClosedKey(key) ?? [])
    .filter(({ closedThroughMs }) => closedThroughMs <= committedMs)
    .map((name) => ({ hourMs: name.hourMs, key: closedKey(name) }))
    .sort((a, b) => a.hourMs - b.hourMs || (a.key < b.key ? -1 : 1))
  const [first, last] = [files[0], files.at(-1)]
  if (!first || !last) return { days: [], firstHourMs: null }
  const windowMs = windowMsOf(definition)
  const { opinions, minOpinion } = definition
  const days: PlannedDay[] = []
  const endMs = Math.min(floorDay(committedMs), floorDay(last.hourMs + windowMs) + DAY_MS)
  for (let dayMs = floorDay(first.hourMs); dayMs + DAY_MS <= endMs; dayMs += DAY_MS) {
    const fromMs = dayMs - WINDOWS_BEFORE * windowMs
    const throughMs = dayMs + DAY_MS
    const keys = files
      .filter(({ hourMs }) => hourMs >= floorHour(fromMs) && hourMs < throughMs)
      .map(({ key }) => key)
    if (keys.length === 0) continue
    const said = cutVerdicts(verdicts, fromMs, throughMs)
    const inputsDigest = digestOf({ MAKER, windowMs, opinions, minOpinion, keys, said })
    days.push({ dayMs, fromMs, keys, inputsDigest })
  }
  return { days, firstHourMs: first.hourMs }
}

/** A day of which all hours are still in the lake, or that is young enough for it. */
export const isWhole = (
  { fromMs, dayMs }: PlannedDay,
  firstHourMs: number,
  committedMs: number,
  maxEventAgeDays: number,
): boolean =>
  floorHour(fromMs) >= firstHourMs + HOUR_MS ||
  dayMs >= committedMs - (maxEventAgeDays + 2) * DAY_MS
