import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UsageError } from '../../cdk/cli/errors.ts'
import { compareArms } from '../../cdk/cli/fresh/compare.ts'
import type { History } from '../../cdk/cli/fresh/history.ts'
import { createLineage, type StudyChain } from '../../cdk/cli/fresh/lines.ts'
import { parseFreshOptions } from '../../cdk/cli/fresh/options.ts'
import { createSampleSets } from '../../cdk/cli/fresh/sample-sets.ts'
import { rowsBetween } from '../../cdk/cli/fresh/training-rows.ts'
import { chainArm, liveThrough, type StudyTrial, TIER_ARMS } from '../../cdk/cli/fresh/trial.ts'
import { worldHistory } from '../../cdk/cli/fresh/world-history.ts'
import { WORLD_DEFAULTS } from '../../cdk/cli/world/options.ts'
import { freshResultSchema } from '../../functions/contract/fresh.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { trainPasses } from '../../functions/trainer/fit.ts'
import { createModel, type Model } from '../../functions/trainer/model.ts'
import { mergeRows, type TrainingRows } from '../../functions/trainer/rows.ts'
import { makeScene } from '../make/scene.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const scene = makeScene()
/** A smaller table of weights: models are copied often here. */
const feed = { ...scene, model: { ...scene.model, hashBits: 14 } }
const purchase = { ...feed, objective: 'purchase' }
const WORLD = { ...WORLD_DEFAULTS, days: 24, users: 40, items: 100, dirt: 0, cheats: 0 }
const WARM_UP_DAYS = 7
const CHAINS: StudyChain[] = [
  { name: 'rebased', youngLabels: 'delayed-feedback', labels: 'young', isRebased: true },
  { name: 'never', youngLabels: 'delayed-feedback', labels: 'young', isRebased: false },
]
const live = (history: History): Promise<StudyTrial> =>
  liveThrough(feed, history, {
    seed: 1,
    warmUpDays: WARM_UP_DAYS,
    chains: CHAINS,
    arms: { ...TIER_ARMS, never: chainArm('never') },
  })
const about = { group: 'tiers', name: 'a', note: '', drift: 1, baseline: 'full' } as const
const bootstrap = { resamples: 100, confidence: 0.95, seed: 1 }

const folder = mkdtempSync(join(tmpdir(), 'fresh-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('Trials over a history', () => {
  let history: History
  let trial: StudyTrial
  beforeAll(async () => {
    history = worldHistory(WORLD)
    trial = await live(history)
  })

  test('Every variant is scored on the same rows, each sampled once', () => {
    for (const predictions of Object.values(trial.predictions))
      expect(predictions.length).toBe(trial.rows.count)
    expect(new Set(trial.rows.samples).size).toBe(trial.rows.count)
    expect(trial.rows.count).toBeGreaterThan(500)
  })

  test('Each hour is scored by models whose data ended before it', () => {
    expect(trial.served.length).toBeGreaterThan(4 * 24 * 7)
    for (const { hourMs, dataThroughMs } of trial.served)
      expect(dataThroughMs).toBeLessThanOrEqual(hourMs)
    const firstMs = trial.served[0]!.hourMs
    expect(trial.rows.timesMs[0]).toBeGreaterThanOrEqual(firstMs)
  })

  test('Each tier serves for its real period with its real delay', () => {
    const ages = (arm: string): number[] =>
      trial.served
        .filter((served) => served.arm === arm)
        .map(({ hourMs, dataThroughMs }) => (hourMs - dataThroughMs) / HOUR_MS)
    const range = (of: number[]) => [Math.min(...of), Math.max(...of)]
    // Monday's full ends at midnight, runs at 03:30 and serves from 04:00 to the next Monday's 03:00.
    expect(range(ages('full'))).toEqual([4, 7 * 24 + 3])
    expect(range(ages('full + daily'))).toEqual([3, 24 + 2])
    // An hour waits an hour for stragglers, and a run serves from the next whole hour.
    expect(range(ages('full + daily + hourly'))).toEqual([2, 2])
    expect(range(ages('never'))).toEqual([2, 2])
  })

  test('One seed always gives the same predictions, and another gives different ones', async () => {
    const again = await live(worldHistory(WORLD))
    expect(again.predictions).toEqual(trial.predictions)
    expect(compareArms(about, [again], bootstrap)).toEqual(compareArms(about, [trial], bootstrap))
    const other = await live(worldHistory({ ...WORLD, seed: 2 }))
    expect(other.predictions['full']).not.toEqual(trial.predictions['full'])
  })

  test('A variant compared with its own copy shows no difference', () => {
    const full = trial.predictions['full']!
    const doubled = { ...trial, predictions: { full, double: full } }
    const [difference] = compareArms(about, [doubled], bootstrap).differences
    for (const metric of ['auc', 'logLoss', 'normalizedEntropy'] as const)
      expect(difference![metric]).toEqual({ value: 0, low: 0, high: 0 })
  })

  test('A model that knows the labels wins, with intervals that exclude zero', () => {
    const full = trial.predictions['full']!
    const oracle = full.map((p, row) => (trial.rows.labels[row] ? (1 + p) / 2 : p / 2))
    const [difference] = compareArms(
      about,
      [{ ...trial, predictions: { full, oracle } }],
      bootstrap,
    ).differences
    expect(difference!.logLoss.high).toBeLessThan(0)
    expect(difference!.auc.low).toBeGreaterThan(0)
  })
})

describe('Lineages', () => {
  const history = worldHistory({ ...WORLD, days: 10 })
  const sets = createSampleSets(feed, history)
  const day = (n: number): number => WORLD.startMs + n * DAY_MS
  const grow = (model: Model, rows: TrainingRows, holdoutFromMs: number | null = null) => {
    const isIncrement = holdoutFromMs === null
    const epochs = isIncrement ? 1 : feed.tiers.full.epochs
    return trainPasses(model, rows, { isIncrement, epochs, holdoutFromMs }, async () => false)
  }
  const hours = (fromMs: number, count: number): TrainingRows =>
    mergeRows(Array.from({ length: count }, (_, hour) => sets.ofHour(fromMs + hour * HOUR_MS)))
  const trainFull = async (): Promise<Model> => {
    const model = createModel(feed.model)
    await grow(model, mergeRows([0, 1, 2, 3, 4, 5, 6].map((n) => sets.ofDay(day(n)))), day(6))
    return model
  }

  test('The rebased chain regrows from the daily; the other keeps its full', async () => {
    const lineage = createLineage(feed, sets, CHAINS, history.fromMs)
    await lineage.run('full', day(7) + 3.5 * HOUR_MS, day(7) + 2 * HOUR_MS)
    await lineage.run('hourly', day(7) + 4 * HOUR_MS, day(7) + 3 * HOUR_MS)
    await lineage.run('daily', day(8) + 2.5 * HOUR_MS, day(8) + HOUR_MS)
    await lineage.run('hourly', day(8) + 3 * HOUR_MS, day(8) + 2 * HOUR_MS)

    const rebased = await trainFull()
    await grow(rebased, sets.ofDay(day(7)))
    await grow(rebased, hours(day(8), 2))
    const never = await trainFull()
    await grow(never, hours(day(7), 26))
    for (const [chain, model] of [
      ['rebased', rebased],
      ['never', never],
    ] as const) {
      const head = lineage.head(chain)!
      expect(head.dataThroughMs).toBe(day(8) + 2 * HOUR_MS)
      expect(head.model.linear, chain).toEqual(model.linear)
      expect(head.model.pairs, chain).toEqual(model.pairs)
    }
  })

  test('Growing a model leaves its base model unchanged', async () => {
    const lineage = createLineage(feed, sets, CHAINS, history.fromMs)
    await lineage.run('full', day(7) + 3.5 * HOUR_MS, day(7) + 2 * HOUR_MS)
    await lineage.run('hourly', day(7) + 4 * HOUR_MS, day(7) + 3 * HOUR_MS)
    await lineage.run('daily', day(8) + 2.5 * HOUR_MS, day(8) + HOUR_MS)
    expect(lineage.full()!.model.linear).toEqual((await trainFull()).linear)
    expect(lineage.full()!.dataThroughMs).toBe(day(7))
    expect(lineage.base()!.dataThroughMs).toBe(day(8))
  })
})

describe('Sample sets', () => {
  const history = worldHistory({ ...WORLD, days: 4, users: 200 })
  const sets = createSampleSets(purchase, history)
  const dayMs = WORLD.startMs + DAY_MS
  const hours = Array.from({ length: 24 }, (_, hour) => sets.ofHour(dayMs + hour * HOUR_MS))
  const positives = (labels: Uint8Array): number => labels.reduce((sum, label) => sum + label, 0)

  test('An hourly run sees only outcomes that came before its hour closed', () => {
    const matured = sets.ofDay(dayMs)
    expect([...matured.known].every((known) => known === 1)).toBe(true)
    const young = hours.reduce((sum, { labels }) => sum + positives(labels), 0)
    expect(young).toBeLessThan(positives(matured.labels))
    for (const [hour, { known, timesMs }] of hours.entries())
      for (const [row, share] of known.entries()) {
        const ageMinutes = (dayMs + (hour + 1) * HOUR_MS - timesMs[row]!) / MINUTE_MS
        // The feed's curve: 9.6 % within half an hour, 18.3 % within an hour.
        expect(share).toBeLessThanOrEqual(0.183)
        if (ageMinutes <= 30) expect(share).toBeLessThanOrEqual(0.096)
      }
  })

  test('An impression has the same features in hourly and daily sets', () => {
    const matured = sets.ofDay(dayMs)
    const entries = (rows: typeof matured): Map<string, string> =>
      new Map(
        rows.samples.map((sample, row) => [
          sample,
          rows.slots.subarray(rows.starts[row]!, rows.starts[row + 1]!).join(),
        ]),
      )
    const ofDay = entries(matured)
    const ofHours = entries(mergeRows(hours))
    const shared = [...ofHours].filter(([sample]) => ofDay.has(sample))
    expect(shared.length).toBeGreaterThan(500)
    for (const [sample, slots] of shared) expect(slots).toBe(ofDay.get(sample))
  })

  test('Hourly cuts of a daily set merge back into the same set', () => {
    const matured = sets.ofDay(dayMs)
    const cut = hours.map((_, hour) =>
      rowsBetween(matured, dayMs + hour * HOUR_MS, dayMs + (hour + 1) * HOUR_MS),
    )
    expect(mergeRows(cut)).toEqual({ ...matured })
  })
})

describe('Options of npm run fresh', () => {
  test('The command npm run fresh measures five seeds by default', () => {
    expect(parseFreshOptions([])).toMatchObject({ seeds: 5, youngLabels: false, movielens: null })
  })

  test('The command npm run fresh sorts drift strengths without repeats', () => {
    expect(parseFreshOptions(['--drift', '2,0,0.5,2'])!.drift).toEqual([0, 0.5, 2])
  })

  test.each([
    [['--nonsense'], /--nonsense/],
    [['stray'], /stray/],
    [['--seeds', '0'], /--seeds 0: expected a whole number from 1 to 100/],
    [['--days', '19'], /--days 19: expected a whole number from 20 to 366/],
    [['--users', 'many'], /--users many: expected a whole number/],
    [['--drift', '0,,1'], /--drift 0,,1: expected numbers from 0 to 2, separated by commas/],
    [['--drift', '3'], /--drift 3: expected numbers from 0 to 2/],
    [['--movielens', '/no/such/folder'], /--movielens \/no\/such\/folder: no such folder/],
    [['--young-labels', '--drift', '1'], /--drift is an option of the tier study/],
    [['--out', join(ROOT, 'package.json')], /is a file, not a folder/],
  ])('The command npm run fresh refuses %j in one sentence', (argv, message) => {
    expect(() => parseFreshOptions(argv)).toThrow(UsageError)
    expect(() => parseFreshOptions(argv)).toThrow(message)
  })

  test('A fresh study writes a valid result, and wrong use exits 2', () => {
    const run = (...argv: string[]) =>
      spawnSync(process.execPath, [join(ROOT, 'cdk', 'cli', 'fresh.ts'), ...argv], {
        encoding: 'utf8',
      })
    const sizes = ['--seeds', '1', '--days', '20', '--users', '20', '--out', folder]
    const { status, stderr, stdout } = run(...sizes, '--drift', '0')
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toMatch(/full \+ daily \+ hourly/)
    const { studies } = freshResultSchema.parse(
      JSON.parse(readFileSync(join(folder, 'fresh.json'), 'utf8')),
    )
    const groups = new Set(studies.map(({ group }) => group))
    expect([...groups].slice(0, 2)).toEqual(['tiers', 'drift'])
    expect(readFileSync(join(folder, 'fresh.html'), 'utf8')).toMatch(/Dose and response/)

    const wrong = run('--seeds', 'few')
    expect(wrong.status).toBe(2)
    expect(wrong.stderr.trim().split('\n')).toHaveLength(1)
  }, 420_000)
})
