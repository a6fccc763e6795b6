import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, test } from 'vitest'
import { commitClosing, loadClosing } from '../../functions/closing/chain.ts'
import { closeTask } from '../../functions/closing/close.ts'
import type { EventRow, SampleRow } from '../../functions/contract/rows.ts'
import { DAY_MS, floorHour, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { ObjectMissing } from '../../functions/core/errors.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import { arrivedThrough } from '../../functions/registry/timetable.ts'
import { commitSampleSet } from '../../functions/samples/commit-set.ts'
import { makeSamples } from '../../functions/samples/make.ts'
import { planSamples } from '../../functions/samples/plan-samples.ts'
import { recipeOf } from '../../functions/samples/recipe.ts'
import { DAY0_MS } from '../make/events.ts'
import { land, makeLog } from '../make/landing.ts'
import { type MemoryObjects, memoryObjects } from '../make/memory-objects.ts'
import { makeScene } from '../make/scene.ts'

const scene = makeScene({ sampling: { negativeRate: 1, seed: 1, eventsPerShard: 100_000 } })
const DAYS = 4

/** A run of a day begins this long after the day's end, together with a closing. */
const RUN_MS = 2 * HOUR_MS + 5 * MINUTE_MS

/** Closes the hours by the timetable, and returns the last closing. */
async function closeHours(store: MemoryObjects, sinceMs: number, nowMs: number) {
  for (let scheduledMs = sinceMs + 5 * MINUTE_MS; ; scheduledMs += HOUR_MS) {
    const closing = await loadClosing(store, scene, scheduledMs)
    for (const piece of closing.pieces) await closeTask(store, piece)
    await commitClosing(store, 'feed', closing.closedThroughMs)
    if (scheduledMs >= nowMs) return closing
  }
}

/** One run of a tier at a day's end; answers the samples of its sets. */
async function run(
  store: MemoryObjects,
  dataFromMs: number,
  dataThroughMs: number,
  lateSinceMs: number | null,
) {
  const sinceMs = lateSinceMs === null ? DAY0_MS : dataThroughMs - DAY_MS + 2 * HOUR_MS
  const closing = await closeHours(store, sinceMs, dataThroughMs + RUN_MS)
  const planned = await planSamples(store, scene, {
    tier: lateSinceMs === null ? 'full' : 'daily',
    dataFromMs,
    dataThroughMs,
    lateSinceMs,
    closing,
    exclusions: [],
    verdicts: null,
    codeDigest: 'c',
  })
  for (const task of planned.tasks) await makeSamples(store, recipeOf(scene), task)
  const manifests = []
  for (const set of planned.sets) manifests.push(await commitSampleSet(store, 'feed', set))
  const samples: SampleRow[] = []
  for (const { files } of manifests)
    for (const { key } of files)
      samples.push(...(await readParquet<SampleRow>(await store.get(key))))
  return { ...planned, manifests, samples, closedThroughMs: closing.closedThroughMs }
}

/** Lands the log day by day as it arrives, and runs a daily each morning. */
async function runDailies(store: MemoryObjects, log: readonly EventRow[]) {
  const runs = []
  let since: number | null = null
  let n = 0
  for (let day = 1; day <= DAYS; day++) {
    const nowMs = DAY0_MS + day * DAY_MS + RUN_MS
    const drops = new Map<number, EventRow[]>()
    for (const row of log) {
      // What a closing may see shares no drop with what it may not.
      const dropMs = floorHour(row.arrivalMs - arrivedThrough(nowMs))
      if (row.arrivalMs <= nowMs && (day === 1 || row.arrivalMs > nowMs - DAY_MS))
        drops.set(dropMs, [...(drops.get(dropMs) ?? []), row])
    }
    for (const [, rows] of [...drops].sort(([a], [b]) => a - b)) land(store, rows, n++)
    const made = await run(store, DAY0_MS + (day - 1) * DAY_MS, DAY0_MS + day * DAY_MS, since)
    since = made.closedThroughMs
    runs.push(made)
  }
  return runs
}

describe('Sample sets of chained dailies', () => {
  test('Each arrived impression is in exactly one set, late ones separately', async () => {
    const log = makeLog(1, DAYS)
    const runs = await runDailies(memoryObjects(), log)
    const all = runs.flatMap(({ samples }) => samples.map(({ sample }) => sample))
    expect(new Set(all).size).toBe(all.length)
    const lastMs = arrivedThrough(DAY0_MS + DAYS * DAY_MS + RUN_MS)
    const due = log.filter(
      ({ type, arrivalMs, timeMs }) =>
        type === 'impression' && timeMs < DAY0_MS + DAYS * DAY_MS && arrivalMs <= lastMs,
    )
    expect(all.sort()).toEqual(due.map(({ event }) => event).sort())
    expect(
      runs
        .slice(1)
        .some(({ samples, sets }) => samples.some(({ timeMs }) => timeMs < sets[0]!.fromMs)),
    ).toBe(true)
  })

  test('The sets account for every impression and every outcome', async () => {
    for (const { manifests } of await runDailies(memoryObjects(), makeLog(2, DAYS)))
      for (const { account } of manifests) {
        expect(account.impressions).toBe(account.samples + account.sampledOut)
        expect(account.outcomes).toBe(
          account.attributed +
            account.otherOutcome +
            account.repeated +
            account.orphaned +
            account.ofEarlierSet,
        )
        expect(account.positives).toBe(account.attributed)
      }
  })

  test('A full reuses daily sets only when nothing came late', async () => {
    const onTime = makeLog(3, DAYS).map((row) => ({ ...row, arrivalMs: row.timeMs + 60_000 }))
    for (const [log, isFound] of [
      [onTime, true],
      [makeLog(3, DAYS), false],
    ] as const) {
      const store = memoryObjects()
      const dailies = await runDailies(store, log)
      const full = await run(store, DAY0_MS, DAY0_MS + DAYS * DAY_MS, null)
      const names = dailies.flatMap(({ sets }) => sets.map(({ inputsDigest }) => inputsDigest))
      expect(full.sets.every(({ inputsDigest }) => names.includes(inputsDigest))).toBe(isFound)
      expect(full.tasks.length > 0).toBe(!isFound)
    }
  })

  test('The number of shards changes no row of a set', async () => {
    const store = memoryObjects()
    const log = makeLog(4, DAYS)
    const [first] = await runDailies(store, log)
    const task = { ...first!.tasks[0]!, shards: 3 }
    const sharded: SampleRow[] = []
    for (let shard = 0; shard < 3; shard++) {
      const { file } = await makeSamples(store, recipeOf(scene), {
        ...task,
        inputsDigest: 'f'.repeat(32),
        shard,
      })
      sharded.push(...(await readParquet<SampleRow>(await store.get(file.key))))
    }
    const inOrder = (rows: readonly SampleRow[]) =>
      [...rows].sort((a, b) => (a.sample < b.sample ? -1 : 1))
    expect(inOrder(sharded)).toEqual(inOrder(first!.samples))
  })

  test('A set is not committed while a part is missing', async () => {
    const day = { fromMs: DAY0_MS, inputsDigest: 'e'.repeat(32), shards: 1 }
    await expect(commitSampleSet(memoryObjects(), 'feed', day)).rejects.toThrow(ObjectMissing)
  })

  test('A set agrees with DuckDB on labels and counts of one day', async () => {
    const log = makeLog(5, DAYS).map((row) => ({ ...row, arrivalMs: row.timeMs + 60_000 }))
    const [, second] = await runDailies(memoryObjects(), log)
    const connection = await (await DuckDBInstance.create()).connect()
    await connection.run(
      'CREATE TABLE log (event TEXT, type TEXT, ms BIGINT, arrival BIGINT, user_id TEXT, item TEXT, request TEXT)',
    )
    const text = (value: string | null): string => (value === null ? 'NULL' : `'${value}'`)
    await connection.run(
      `INSERT INTO log VALUES ${log.map((row) => `(${text(row.event)}, '${row.type}', ${row.timeMs}, ${row.arrivalMs}, ${text(row.user)}, ${text(row.item)}, ${text(row.request)})`).join(',')}`,
    )
    const from = DAY0_MS + DAY_MS
    // An outcome belongs to its request's impression, else to the latest one of user and item.
    const result = await connection.runAndReadAll(`
      WITH shown AS (SELECT * FROM log WHERE type = 'impression'),
      -- A drop arrives with its last event.
      landed AS (
        SELECT item, ms, arrival FROM (
          SELECT item, ms, type,
            max(arrival) OVER (PARTITION BY (arrival - 1800000) // 3600000) AS arrival
          FROM log)
        WHERE type = 'impression'),
      matched AS (
        SELECT (SELECT s.event FROM shown s
                WHERE s.user_id = o.user_id AND s.item = o.item AND s.ms <= o.ms
                  AND (o.request IS NULL OR s.request = o.request)
                ORDER BY s.ms DESC LIMIT 1) AS event, o.ms AS clicked
        FROM log o WHERE o.type = 'outcome')
      SELECT s.event,
        EXISTS (SELECT 1 FROM matched m WHERE m.event = s.event AND m.clicked - s.ms <= 3600000) AS label,
        (SELECT count(*) FROM landed k WHERE k.item = s.item
          AND k.arrival + 30000 <= s.ms AND k.ms <= s.ms
          AND k.ms >= s.ms - s.ms % 3600000 - 24 * 3600000) AS shown_24h
      FROM shown s WHERE s.ms >= ${from} AND s.ms < ${from + DAY_MS}`)
    const expected = new Map(
      result
        .getRows()
        .map(([event, label, shown]) => [
          String(event),
          { label: Number(label), shown: Number(shown) },
        ]),
    )
    expect(second!.samples.length).toBe(expected.size)
    for (const row of second!.samples)
      expect({ label: row.label, shown: row['f_item_shown_24h'] }, row.sample).toEqual(
        expected.get(row.sample),
      )
  })
})
