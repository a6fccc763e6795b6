import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  answerReportPrefix,
  closedKey,
  closingCommitKey,
  parsePreferencesKey,
  preferenceManifestPrefix,
  preferencesPrefix,
  TRAINER_FILES,
  trainerDataKey,
} from '../../functions/contract/keys.ts'
import {
  answerReportSchema,
  type PreferenceRow,
  preferenceManifestSchema,
  preferencesSchema,
} from '../../functions/contract/preferences.ts'
import { EVENT_COLUMNS } from '../../functions/contract/rows.ts'
import { DAY_MS, floorHour, HOUR_MS } from '../../functions/contract/time.ts'
import { getJson } from '../../functions/core/objects.ts'
import { readParquet, writeParquet } from '../../functions/core/parquet.ts'
import { makePreferencesOf } from '../../functions/graph/make-preferences.ts'
import type { AnswerEvent } from '../../functions/graph/preferences/answers.ts'
import { makeAnswerEvents } from '../make/documents-answers.ts'
import { DAY0_MS } from '../make/events.ts'
import { type MemoryObjects, memoryObjects } from '../make/memory-objects.ts'
import { makeScene } from '../make/scene.ts'
import { putSnapshot, verdict } from '../make/verdicts.ts'

const DAYS = 3
const scene = makeScene({
  preferences: preferencesSchema.parse({ validationShare: 0.3, validationDays: 1 }),
})
/** A turn every half an hour. Without those of the last hours, whose windows end on the next day. */
const TURNS = DAYS * 48 - 4
const EVENTS = makeAnswerEvents(3, TURNS).map((event) => ({
  ...{ ...event, timeMs: DAY0_MS + 3 * event.timeMs, arrivalMs: 0, row: 0 },
}))

/** Closes the hours from one time through another, and what came late of earlier ones. */
async function close(lake: MemoryObjects, events: readonly AnswerEvent[], throughMs: number) {
  for (const [hourMs, own] of Map.groupBy(events, ({ timeMs }) => floorHour(timeMs))) {
    const name = { scene: 'feed', hourMs, closedThroughMs: throughMs, accepted: own.length }
    await lake.put(closedKey(name), writeParquet(EVENT_COLUMNS, own))
  }
  await lake.put(closingCommitKey('feed', throughMs), '{}')
}
/** Two hours after an end: its closing is committed. */
const call = (lake: MemoryObjects, throughMs: number) =>
  makePreferencesOf({ lake, codeDigest: 'code' }, scene, throughMs + 2 * HOUR_MS)

const END = DAY0_MS + DAYS * DAY_MS
async function worldOf(events: readonly AnswerEvent[] = EVENTS): Promise<MemoryObjects> {
  const lake = memoryObjects('lake')
  await close(lake, events, END)
  return lake
}

const manifestsOf = async (lake: MemoryObjects) =>
  Promise.all(
    (await lake.list(preferenceManifestPrefix('feed'))).map(({ key }) =>
      getJson(lake, key, preferenceManifestSchema),
    ),
  )
async function rowsOf(lake: MemoryObjects): Promise<(PreferenceRow & { dayMs: number })[]> {
  const rows = (await manifestsOf(lake)).map(async ({ key, dayMs }) => {
    const own = key === null ? [] : await readParquet<PreferenceRow>(await lake.get(key))
    return own.map((row) => ({ ...row, dayMs }))
  })
  return (await Promise.all(rows)).flat()
}
const filesOf = async (lake: MemoryObjects): Promise<string[]> =>
  Promise.all(
    TRAINER_FILES.map(async (file) =>
      Buffer.from(await lake.get(trainerDataKey('feed', file))).toString(),
    ),
  )
const reportOf = async (lake: MemoryObjects) =>
  getJson(lake, (await lake.list(answerReportPrefix('feed'))).at(-1)!.key, answerReportSchema)

const whole = await worldOf()
const made = await call(whole, END)

test('Each turn is in one day, by the end of its window', async () => {
  const rows = await rowsOf(whole)
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  const manifests = await manifestsOf(whole)
  const turns = manifests.reduce((sum, { accounts }) => sum + accounts.instruction.turns, 0)
  expect(turns).toBe(TURNS)
  expect(made).toMatchObject({ days: DAYS, waiting: 0, rows: rows.length })
  // The window is an hour, and the answers of a turn take minutes.
  for (const { timeMs, dayMs } of rows) {
    expect(timeMs).toBeGreaterThanOrEqual(dayMs - 1.1 * HOUR_MS)
    expect(timeMs).toBeLessThan(dayMs + 23 * HOUR_MS)
  }
})

test('Any schedule of closings and calls ends in the same bytes', async () => {
  const [rows, files] = [await rowsOf(whole), await filesOf(whole)]
  const hours = fc.uniqueArray(fc.integer({ min: 1, max: DAYS * 24 - 1 }), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(hours, fc.boolean(), async (ends, isLate) => {
      const lake = memoryObjects('lake')
      const edges = [0, ...ends.sort((a, b) => a - b), DAYS * 24].map((n) => DAY0_MS + n * HOUR_MS)
      // Every seventh event comes with the closing after its own.
      const closingOf = ({ timeMs }: AnswerEvent, n: number): number => {
        const own = edges.findIndex((edgeMs) => timeMs < edgeMs)
        return Math.min(edges.length - 1, own + (isLate && n % 7 === 0 ? 1 : 0))
      }
      for (let at = 1; at < edges.length; at++) {
        await close(
          lake,
          EVENTS.filter((event, n) => closingOf(event, n) === at),
          edges[at]!,
        )
        await call(lake, edges[at]!)
      }
      expect(await rowsOf(lake)).toEqual(rows)
      expect(await filesOf(lake)).toEqual(files)
      // Rows that were made again are not kept twice.
      const kept = await lake.list(preferencesPrefix('feed'))
      expect(kept.map(({ key }) => parsePreferencesKey(key)!.dayMs)).toEqual(
        [0, 1, 2].map((day) => DAY0_MS + day * DAY_MS),
      )
    }),
    { numRuns: 5 },
  )
})

test('A repeated call makes no day and the same bytes', async () => {
  const files = await filesOf(whole)
  expect(await call(whole, END)).toMatchObject({ days: 0, rows: 0, samples: made.samples })
  expect(await filesOf(whole)).toEqual(files)
})

test('A day that is not closed through its end waits', async () => {
  const lake = memoryObjects('lake')
  await close(
    lake,
    EVENTS.filter(({ timeMs }) => timeMs < DAY0_MS + 30 * HOUR_MS),
    DAY0_MS + 30 * HOUR_MS,
  )
  expect(await call(lake, DAY0_MS + 30 * HOUR_MS)).toMatchObject({ days: 1 })
  expect(await manifestsOf(lake)).toMatchObject([{ dayMs: DAY0_MS }])
})

test('A late verdict takes the rows of an excluded user out', async () => {
  const lake = await worldOf()
  await call(lake, END)
  expect((await rowsOf(lake)).some(({ user }) => user === 'u1')).toBe(true)
  const about = {
    ...{ scene: 'feed', madeMs: END + HOUR_MS, previousMs: null, screenedFromMs: DAY0_MS },
    ...{ screenedThroughMs: END, detectorsDigest: 'd', inputsDigest: 'i' },
  }
  await putSnapshot(lake, about, [verdict({ fromMs: DAY0_MS, throughMs: END })])
  expect(await call(lake, END)).toMatchObject({ days: DAYS })
  expect((await rowsOf(lake)).filter(({ user }) => user === 'u1')).toEqual([])
  const excluded = (await manifestsOf(lake)).map(({ accounts }) => accounts.preference.excluded)
  expect(excluded.reduce((a, b) => a + b)).toBeGreaterThan(0)
})

test('The report accounts for every turn and names no user', async () => {
  const report = await reportOf(whole)
  for (const account of Object.values(report.samples)) {
    const { turns, ...parts } = account
    expect(turns).toBe(TURNS)
    expect(Object.values(parts).reduce((a, b) => a + b)).toBe(turns)
    expect(account.validation).toBeGreaterThan(0)
  }
  expect(report.days.length).toBe(DAYS)
  expect(report.unmet.rare).toBe(report.unmet.turns)
  expect(report.unmet.prompts).toEqual([])
  expect(JSON.stringify(report)).not.toMatch(/"u\d+"/)
})

test('A prompt of five people is named without personal data', async () => {
  const [shown, , , ...rest] = EVENTS
  const asked = Array.from({ length: 6 }, (_, n): AnswerEvent[] => {
    const own = { user: `asker${n}`, request: `q${n}`, timeMs: shown!.timeMs + n }
    const prompt = n < 5 ? 'Where is  my parcel? Mail a@b.example' : 'What do I earn?'
    const context = JSON.stringify({ prompt, answer: 'No idea.' })
    const outcome = { type: 'outcome', outcome: 'thumbs_down', context: null }
    return [
      { ...shown!, ...own, event: `q${n}`, context },
      { ...shown!, ...own, event: `w${n}`, ...outcome },
    ]
  }).flat()
  const lake = await worldOf(
    [...asked, ...rest].map((event) => ({ arrivalMs: 0, row: 0, ...event })),
  )
  await call(lake, END)
  const { unmet, personalData } = await reportOf(lake)
  expect(unmet.prompts).toEqual([
    { prompt: 'where is my parcel? mail [email]', turns: 5, users: 5 },
  ])
  expect(unmet.rare).toBe(unmet.turns - 5)
  expect(personalData['email']).toBe(5)
})

test('Days whose rows have expired are counted and no longer read', async () => {
  const lake = await worldOf()
  await call(lake, END)
  const [oldest] = await lake.list(preferencesPrefix('feed'))
  await lake.delete(oldest!.key)
  const again = await call(lake, END)
  expect(again).toMatchObject({ days: 0, rows: 0 })
  expect(again.samples).toBeLessThan(made.samples)
  const report = await reportOf(lake)
  expect(report).toMatchObject({ expiredDays: 1, fromMs: DAY0_MS + DAY_MS })
  const { turns, ...parts } = report.samples.instruction
  expect(Object.values(parts).reduce((a, b) => a + b)).toBe(turns)
  expect((await reportOf(whole)).expiredDays).toBe(0)
})
