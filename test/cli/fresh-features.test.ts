import { beforeAll, describe, expect, test } from 'vitest'
import { UsageError } from '../../cdk/cli/errors.ts'
import { closeLog } from '../../cdk/cli/fresh/closings.ts'
import { compareArms, PREVIOUS } from '../../cdk/cli/fresh/compare.ts'
import { CANDIDATES, featureSteps, plainRate } from '../../cdk/cli/fresh/feature-groups.ts'
import {
  type HeldOut,
  sampleLog,
  serveHeldOut,
  trainHeldOut,
} from '../../cdk/cli/fresh/held-out.ts'
import { type Log, worldLog } from '../../cdk/cli/fresh/log.ts'
import { parseFreshOptions } from '../../cdk/cli/fresh/options.ts'
import { readShippedScene } from '../../cdk/cli/scenes.ts'
import { WORLD_DEFAULTS } from '../../cdk/cli/world/options.ts'
import { DAY_MS } from '../../functions/contract/time.ts'

const feed = readShippedScene('feed')
const scene = { ...feed, model: { ...feed.model, hashBits: 14 } }
const WORLD = { ...WORLD_DEFAULTS, days: 3, users: 120, items: 100 }

describe.each([5, 60])('Held-out days with drops of %i minutes', (dropMinutes) => {
  let log: Log
  let held: HeldOut
  beforeAll(() => {
    log = worldLog({ ...WORLD, dropMinutes }, scene)
    held = sampleLog(scene, log, log.throughMs - DAY_MS, 1)
  })

  test('The reader serves the cells of every held-out sample', async () => {
    const sampled = held.samples.filter(({ timeMs }) => timeMs >= held.heldFromMs)
    const served = await serveHeldOut(held)
    expect(served).toEqual(sampled)
    expect(sampled.length).toBeGreaterThan(300)
    for (const name of ['item_click_rate_1h', 'user_click_rate_24h', 'user_category_24h'] as const)
      expect(new Set(sampled.map((row) => row[`f_${name}`])).size).toBeGreaterThan(5)
  })

  test('The late and repeated records of the world are in its log', () => {
    const closings = closeLog(scene, log.events)
    const kept = closings.flatMap((closing) => closing.kept.map(({ event }) => event))
    expect(new Set(kept).size).toBe(kept.length)
    expect(kept.length).toBeLessThan(log.events.length)
    const hours = closings.flatMap((closing) => [
      ...new Set(closing.kept.map(({ timeMs }) => Math.floor(timeMs / 3_600_000))),
    ])
    // Hours with late arrivals are closed more than once.
    expect(hours.length).toBeGreaterThan(new Set(hours).size)
  })

  test('A model is trained only on the days before the held-out ones', async () => {
    const { model, predictions, rows } = await trainHeldOut(held)
    const before = held.samples.filter(({ timeMs }) => timeMs < held.heldFromMs)
    expect(model.rowsSeen).toBe(before.length * scene.tiers.full.epochs)
    expect(Math.min(...rows.timesMs)).toBeGreaterThanOrEqual(held.heldFromMs)
    expect(await trainHeldOut(held)).toMatchObject({ predictions })
  })
})

describe('Steps of features', () => {
  test.each(['feed', 'movielens', 'open-bandit'])('The last step of %s is the scene', (name) => {
    const { features } = readShippedScene(name)
    const steps = featureSteps(features)
    expect(new Set(steps.at(-1)![1])).toEqual(new Set(features))
    for (const [n, [, own]] of steps.entries())
      expect(own.length).toBeGreaterThanOrEqual(steps[n - 1]?.[1].length ?? 1)
  })

  test('A plain rate has the prior of an average position', () => {
    const rate = feed.features.find(({ name }) => name === 'item_click_rate_1h')!
    const plain = plainRate(rate)
    expect(plain).not.toHaveProperty('examination')
    expect(plain).toMatchObject({ name: 'item_click_rate_1h_plain', priorRate: 0.16 * 0.4875 })
  })

  test('No candidate is a feature of its scene', () => {
    for (const [name, candidates] of Object.entries(CANDIDATES)) {
      const own = new Set(readShippedScene(name).features.map((feature) => feature.name))
      for (const { name: candidate } of Object.values(candidates))
        expect([name, candidate, own.has(candidate)]).toEqual([name, candidate, false])
    }
  })

  test('Each step is compared with the step before it', async () => {
    const log = worldLog({ ...WORLD, dropMinutes: 60 }, scene)
    const held = sampleLog(scene, log, log.throughMs - DAY_MS, 1)
    const { rows, predictions } = await trainHeldOut(held)
    const worse = predictions.map((p) => 1 - p)
    const about = {
      group: 'features',
      name: '',
      note: '',
      drift: null,
      baseline: PREVIOUS,
    } as const
    const trial = { seed: 1, rows, predictions: { a: worse, b: predictions, c: predictions } }
    const bootstrap = { resamples: 50, confidence: 0.95, seed: 1 }
    const { differences } = compareArms(about, [trial], bootstrap)
    expect(differences.map(({ arm }) => arm)).toEqual(['b', 'c'])
    expect(differences[0]!.auc.low).toBeGreaterThan(0)
    expect(differences[1]!.auc).toEqual({ value: 0, low: 0, high: 0 })
  })
})

describe('Options of the study of features', () => {
  test('The study of features has three seeds of 3,000 users by default', () => {
    const options = parseFreshOptions(['--features'])
    expect(options).toMatchObject({ seeds: 3, users: 3000, days: 12, dropMinutes: 1 })
  })

  test.each([
    [['--features', '--young-labels'], /--young-labels is an option of another study/],
    [['--features', '--drift', '1'], /--drift is an option of another study/],
    [['--open-bandit', '.'], /--open-bandit is an option of the study of features/],
    [['--features', '--drop-minutes', '61'], /--drop-minutes 61: expected a whole number/],
  ])('The study of features refuses %j', (argv, message) => {
    expect(() => parseFreshOptions(argv)).toThrow(UsageError)
    expect(() => parseFreshOptions(argv)).toThrow(message)
  })
})
