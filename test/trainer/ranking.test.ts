import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Drop } from '../../cdk/cli/world/world.ts'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { type Scene, sceneSchema } from '../../functions/contract/scene.ts'
import { DAY_MS, floorDay } from '../../functions/contract/time.ts'
import { collectCases, leftOut, rankCases } from '../../functions/trainer/ranking.ts'
import { arrangeRows } from '../../functions/trainer/rows.ts'
import { createVectorizer } from '../../functions/trainer/vectorize.ts'
import { openPipeline } from '../make/pipeline.ts'
import { makeScene } from '../make/scene.ts'

/** Logistic regression gives all users the same order of items. */
const model: Scene['model'] = {
  ...{ kind: 'factorization-machine', hashBits: 18, alpha: 0.1, beta: 1, l1: 0.1, l2: 1, seed: 11 },
  ...{ factors: 8, factorAlpha: 0.1, factorL2: 0.0001, factorInit: 0.01 },
  youngLabels: 'delayed-feedback',
}
const features: Scene['features'] = [
  { name: 'user', kind: 'category', of: 'user.id' },
  { name: 'item', kind: 'category', of: 'item.id' },
]
interface Choice {
  user: string
  item: string
  label: number
}
/** In the order of the list, a second apart. */
const samplesOf = (choices: readonly Choice[]) =>
  choices.map(({ user, item, label }, n) => ({
    ...{ sample: `s${String(n).padStart(4, '0')}`, timeMs: 1000 * n, user, item, label },
    ...{
      f_user: user,
      f_item: item,
      isMature: true,
      known: 1,
      logOddsCorrection: 0,
      weight: 1,
      trust: 1,
    },
    ...{ value: null, position: null, propensity: null, release: null },
  }))
const vectorize = createVectorizer(features, 12)
/** Says of an item what the table says, by the slot that it becomes. */
function learnerOf(scores: ReadonlyMap<string, number>) {
  const bySlot = new Map<number, number>()
  for (const [item, score] of scores)
    vectorize({ f_user: null, f_item: item }, (slot) => bySlot.set(slot, score))
  return {
    logit: (slots: Uint32Array, _: unknown, from: number, to: number) =>
      bySlot.get(slots.subarray(from, to).at(-1)!) ?? 0,
  }
}
function rank(choices: readonly Choice[], scores: ReadonlyMap<string, number>) {
  const collected = collectCases(features, 1)
  for (const row of samplesOf(choices)) collected.see(row)
  const cases = collected.cases()
  return cases && rankCases(cases, learnerOf(scores), vectorize)
}

/** Worked out by sorting, which is slow and plain; scores differ, so that there are no ties. */
function expected(choices: readonly Choice[], scores: ReadonlyMap<string, number>) {
  const users = [...new Set(choices.map(({ user }) => user))]
  const places = users.flatMap((user) => {
    const chosen = choices.filter((choice) => choice.user === user && choice.label === 1)
    const own = new Set(chosen.map(({ item }) => item))
    if (own.size < 2) return []
    const last = chosen.at(-1)!.item
    const candidates = [...new Set(choices.map(({ item }) => item))]
      .filter((item) => item === last || !own.has(item))
      .sort((a, b) => scores.get(b)! - scores.get(a)!)
    return [candidates.indexOf(last) + 1]
  })
  const hits = places.filter((place) => place <= 10)
  return {
    users: places.length,
    hitRate10: hits.length / places.length,
    ndcg10: hits.reduce((sum, place) => sum + 1 / Math.log2(place + 1), 0) / places.length,
  }
}

describe('The last-choice ranking', () => {
  const choice = fc.record({
    user: fc.integer({ min: 0, max: 12 }).map((n) => `u${n}`),
    item: fc.integer({ min: 0, max: 40 }).map((n) => `i${n}`),
    label: fc.integer({ min: 0, max: 1 }),
  })

  test('The ranking equals that from sorting all items', () => {
    fc.assert(
      fc.property(fc.array(choice, { minLength: 1, maxLength: 200 }), fc.nat(), (choices, seed) => {
        const items = [...new Set(choices.map(({ item }) => item))].sort()
        const scores = new Map(items.map((item, n) => [item, ((n + 1) * (2 * seed + 1)) % 8191]))
        fc.pre(new Set(scores.values()).size === items.length)
        const found = rank(choices, scores)
        const { users, ...metrics } = expected(choices, scores)
        expect(found === null).toBe(users === 0)
        if (users === 0) return
        expect(found).toMatchObject({ users, items: items.length })
        expect(found!.hitRate10).toBeCloseTo(metrics.hitRate10, 12)
        expect(found!.ndcg10).toBeCloseTo(metrics.ndcg10, 12)
      }),
    )
  })

  test('The ranking shares tied places, so equal scores give chance', () => {
    const choices = Array.from({ length: 40 }, (_, n) => ({
      user: 'u',
      item: `i${n}`,
      label: n > 37 ? 1 : 0,
    }))
    const { hitRate10, ndcg10 } = rank(choices, new Map())!
    // The user's other item is no candidate: 39 are left.
    expect(hitRate10).toBeCloseTo(10 / 39, 12)
    const gains = Array.from({ length: 10 }, (_, n) => 1 / Math.log2(n + 2))
    expect(ndcg10).toBeCloseTo(gains.reduce((a, b) => a + b) / 39, 12)
  })

  test('The ranking leaves out only the last choice and its negatives', () => {
    const choices = [
      { user: 'a', item: 'x', label: 1 },
      { user: 'a', item: 'y', label: 1 },
      { user: 'a', item: 'z', label: 0 },
      { user: 'b', item: 'x', label: 1 },
    ]
    const rows = samplesOf(choices).map((row, n) => ({
      ...row,
      timeMs: n === 2 ? 1000 : row.timeMs,
    }))
    const collected = collectCases(features, 1)
    for (const row of rows) collected.see(row)
    const cases = collected.cases()!
    expect([...leftOut(cases, arrangeRows(rows, features, vectorize))]).toEqual([0, 1, 1, 0])
    const positives = Object.fromEntries(cases.items.map((item) => [item.id, item.positives]))
    expect(positives).toEqual({ x: 2, y: 0, z: 0 })
  })
})

const DATA = process.env['QUARTERMASTER_DATA']
describe.skipIf(!DATA)('MovieLens with positives only', () => {
  test('The model ranks MovieLens better than popularity does', async () => {
    const text = gunzipSync(readFileSync(join(DATA!, 'ml-100k', 'ml-100k.inter.gz'))).toString()
    const liked = text
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
      .filter(([user, , rating]) => Number(rating) >= 4 && Number(user) % 4 === 0)
    const endMs =
      floorDay(1000 * Math.max(...liked.map(([, , , seconds]) => Number(seconds)))) + DAY_MS
    const base = makeScene({ canary: undefined, embeddings: undefined })
    const { hourly: _, ...tiers } = base.tiers
    const scene = sceneSchema.parse({
      ...base,
      objective: 'like',
      outcomes: { like: { attributionWindowMinutes: 60 * 24 } },
      maxEventAgeDays: 366,
      tiers: {
        ...tiers,
        full: { ...tiers.full, lookbackDays: 366 },
      },
      sampling: {
        ...base.sampling,
        negativeRate: 1,
        negatives: {},
      },
      features,
      model,
      // The pipeline in memory has no screening.
      anticheat: { screening: 'off', honeypots: [], holdback: 0, seed: 1 },
      logs: {
        mappings: {
          likes: {
            ...{ time: { column: 'time', unit: 'seconds' }, user: 'user', item: 'item' },
            everyRow: 'like',
          },
        },
      },
    })
    // A drop a day: what was not there yet is drawn for nobody.
    const byDay = Map.groupBy(liked, ([, , , seconds]) => floorDay(1000 * Number(seconds)))
    const drops = [...byDay].map(
      ([dayMs, rows]): Drop => ({
        ...{
          arrivalMs: dayMs + DAY_MS,
          kind: 'events',
          name: `${dayMs}.csv`,
          records: rows.length,
        },
        metadata: { [DROP_METADATA.format]: 'csv', [DROP_METADATA.mapping]: 'likes' },
        body: Buffer.from(
          ['user,item,time', ...rows.map(([user, item, , at]) => `${user},${item},${at}`)].join(
            '\n',
          ),
        ),
      }),
    )
    const pipeline = openPipeline(scene)
    await pipeline.play(drops, endMs - 1, endMs + DAY_MS / 2)
    const [full] = await pipeline.registry.versions()
    expect(full!.dataThroughMs - full!.dataFromMs).toBeGreaterThan(200 * DAY_MS)
    const { ndcg10, hitRate10, popularity } = full!.ranking!
    expect(ndcg10).toBeGreaterThan(popularity.ndcg10)
    expect(hitRate10).toBeGreaterThan(popularity.hitRate10)
  }, 300_000)
})
