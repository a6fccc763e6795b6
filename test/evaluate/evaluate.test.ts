import { describe, expect, test } from 'vitest'
import { jobOutputKey, versionModelKey } from '../../functions/contract/keys.ts'
import {
  DECISION_SK,
  SCORE_SK,
  scenePk,
  VERSION_SK,
  type VersionRow,
} from '../../functions/contract/registry.ts'
import type { JobEvent, TrainingResult } from '../../functions/contract/training.ts'
import { readArchive } from '../../functions/core/archive.ts'
import type { Section } from '../../functions/core/artifact.ts'
import { configurationDigest } from '../../functions/core/configuration.ts'
import { evaluateJob } from '../../functions/evaluate/evaluate.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { retryAfterEveryKill, type Wrap } from '../make/breaking.ts'
import { currentRow, leaveOutputs, makeArchive, makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'

const champion = makeVersion(1)
const candidate = makeVersion(2, {
  parent: champion.version,
  status: 'started',
  rows: 400,
  modelKey: null,
  modelSha256: null,
})
const eventOf = (row: VersionRow, status = 'Completed', reason?: string): JobEvent => ({
  time: '2026-01-07T02:31:00Z',
  detail: {
    TrainingJobName: row.jobName,
    TrainingJobStatus: status,
    ...(reason ? { FailureReason: reason } : {}),
  },
})

async function makeWorld(
  outputs: Parameters<typeof leaveOutputs>[2] = { rival: champion.version },
) {
  const models = memoryObjects('models')
  const table = memoryTable()
  const registry = openRegistry(table, 'feed')
  await registry.register(champion)
  await registry.register({ ...candidate, rows: outputs.rows ?? candidate.rows })
  await registry.change(currentRow({ version: champion.version }), null)
  const { model } = await leaveOutputs(models, candidate, outputs)
  return { models, table, model }
}
type World = Awaited<ReturnType<typeof makeWorld>>
const evaluate = (world: World, event = eventOf(candidate), wrap: Wrap = (port) => port) =>
  evaluateJob(
    wrap(world.models),
    (scene) => openRegistry(wrap(world.table), scene),
    () => makeScene(),
    event,
  )
const rowsOf = (world: World, prefix: string) => world.table.query(scenePk('feed'), prefix)
const statusOf = async (world: World) =>
  (await openRegistry(world.table, 'feed').version(candidate.version))!

describe('a training job that completed', () => {
  test('leaves its model, the scores of its rival, and an accepted version', async () => {
    const world = await makeWorld()
    expect(await evaluate(world)).toMatchObject({
      verdict: 'accepted',
      scene: 'feed',
      version: candidate.version,
      reason: expect.stringMatching(/log loss -0.*against daily-20260106.*50 users/),
    })
    expect(
      Buffer.compare(
        world.models.contents.get(versionModelKey('feed', candidate.version))!.body,
        world.model,
      ),
    ).toBe(0)
    expect(await rowsOf(world, SCORE_SK)).toMatchObject([
      {
        version: champion.version,
        scoredBy: candidate.version,
        dataFromMs: candidate.dataFromMs,
        scores: { rows: 400 },
      },
    ])
    expect(await statusOf(world)).toMatchObject({
      status: 'accepted',
      modelKey: versionModelKey('feed', candidate.version),
    })
  })

  test('is refused when it is worse than the champion on the same rows, and not by chance', async () => {
    const world = await makeWorld({
      rival: champion.version,
      ours: (_, label) => (label ? 0.1 : 0.6),
    })
    expect(await evaluate(world)).toMatchObject({
      verdict: 'refused',
      reason: expect.stringMatching(/worse by more than the 0.005 allowed, and not by chance/),
    })
    expect(await rowsOf(world, DECISION_SK)).toMatchObject([
      {
        kind: 'refusal',
        from: 1,
        to: 1,
        version: candidate.version,
        evidence: { gate: 'regression' },
      },
    ])
    expect(await statusOf(world)).toMatchObject({ status: 'refused', modelKey: expect.any(String) })
  })

  test('is accepted when it is worse by chance alone', async () => {
    const noisy = (n: number) => 0.25 + 0.2 * Math.sin(n * 7.1)
    const world = await makeWorld({
      rival: champion.version,
      rows: 60,
      ours: noisy,
      theirs: (n) => 0.25 + 0.2 * Math.sin(n * 3.3),
    })
    expect((await evaluate(world)).verdict).toBe('accepted')
  })

  test('without a rival says so', async () => {
    expect(await evaluate(await makeWorld({}))).toMatchObject({
      verdict: 'accepted',
      reason: 'no earlier version to compare it with',
    })
  })

  test.each([
    ['diverged', { isFinite: false }, /not finite/],
    [
      'grew out of proportion',
      { norm: 10, parentNorm: 1 },
      /10.00 times its parent's; at most 3 either way/,
    ],
    ['shrank out of proportion', { norm: 0.1, parentNorm: 1 }, /0.10 times its parent's/],
    [
      'says the same of every row',
      { predictions: { mean: 0.2, p01: 0.2, p50: 0.2, p99: 0.2 } },
      /tells no row from another/,
    ],
  ])('is refused when it %s', async (_, sanity, reason) => {
    const base = {
      isFinite: true,
      norm: 1,
      parentNorm: 1,
      slots: 1,
      predictions: { mean: 0.25, p01: 0.1, p50: 0.2, p99: 0.7 },
    }
    const world = await makeWorld({ result: { sanity: { ...base, ...sanity } } })
    expect(await evaluate(world)).toMatchObject({
      verdict: 'refused',
      reason: expect.stringMatching(reason),
    })
  })

  test.each([
    [
      'a model of other data',
      { header: { manifestDigest: 'other' } },
      /got manifestDigest other, expected manifest daily/,
    ],
    [
      'a model of another version',
      { header: { version: 'daily-20260101-00000000' } },
      /got version daily-20260101/,
    ],
    [
      'a model that is not the one it reports',
      { result: { modelSha256: 'other' } },
      /SHA-256 is not the one/,
    ],
  ])('fails with %s', async (_, outputs, reason) => {
    const world = await makeWorld(outputs)
    expect(await evaluate(world)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(reason),
    })
    expect(world.models.contents.has(versionModelKey('feed', candidate.version))).toBe(false)
  })

  test('is judged once: a second delivery changes nothing and answers the same', async () => {
    const world = await makeWorld()
    const first = await evaluate(world)
    const before = JSON.stringify([await rowsOf(world, ''), [...world.models.contents]])
    expect(await evaluate(world)).toEqual(first)
    expect(JSON.stringify([await rowsOf(world, ''), [...world.models.contents]])).toBe(before)
  })

  test('that is killed at any call ends, after a retry, as if undisturbed', async () => {
    const calm = await makeWorld()
    await evaluate(calm)
    const stateOf = async (world: World) => [
      await rowsOf(world, ''),
      [...world.models.contents].sort(),
    ]
    const expected = await stateOf(calm)
    await retryAfterEveryKill(
      makeWorld,
      (world, wrap) => evaluate(world, undefined, wrap),
      stateOf,
      (found, n) => expect(found, `killed at call ${n}`).toEqual(expected),
    )
  })
})

describe('a training whose outputs are not what they should be fails its version', () => {
  type Change = Partial<TrainingResult>
  const rows = candidate.rows
  test.each<[string, Change, RegExp]>([
    ['speaks of another version', { version: 'other' }, /got version other, expected daily-/],
    ['read other rows than its manifest has', { rows: 7 }, /got rows 7, expected the 400 of its/],
    [
      'scored nobody',
      { scorers: [] },
      /got scorers none, expected each rival once, daily-.* last$/,
    ],
    ['does not score itself', { scorers: [champion.version] }, /got scorers daily-20260106/],
    [
      'scores one twice',
      { scorers: [candidate.version, candidate.version] },
      /got scorers .*expected each rival once/,
    ],
    ['has no scores', { scores: {} }, /got scores of daily-.* on no rows, expected 400/],
    [
      'names a scorer without predictions',
      { scorers: ['other', champion.version, candidate.version] },
      /got scores of other on no rows/,
    ],
  ])('where its result %s', async (_, result, reason) => {
    const world = await makeWorld({ rival: champion.version, result })
    expect(await evaluate(world)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(reason),
    })
    expect(await rowsOf(world, DECISION_SK)).toMatchObject([{ kind: 'failure', from: 1, to: 1 }])
  })

  test.each<[string, object | undefined, RegExp]>([
    ['no number', { ours: () => Number.NaN }, /got in row 0 p_1 NaN, expected a probability$/],
    ['above 1', { ours: () => 1.5 }, /got in row 0 p_1 1.5, expected a probability$/],
    ['of too few rows', { rows: rows - 1 }, /got rows 399, expected the 400 of its manifest$/],
  ])('where it leaves predictions %s', async (_, outputs, reason) => {
    const world = await makeWorld()
    await leaveOutputs(world.models, candidate, { rival: champion.version, ...outputs })
    expect(await evaluate(world)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(reason),
    })
  })

  test.each<[string, object, Record<string, Section> | undefined, RegExp]>([
    ['of another base', { deltaOf: 'other' }, undefined, /got deltaOf other, expected null$/],
    ['of a kind that needs factors', { kind: 'factorization-machine' }, undefined, /got 0 factors/],
    [
      'without slots',
      {},
      { weights: Float32Array.of(1) },
      /got no slots, expected a section of u32$/,
    ],
    [
      'whose slots lie outside',
      {},
      { slots: Uint32Array.of(1024), weights: Float32Array.of(1) },
      /got slot 1024, expected ascending ones below 1024$/,
    ],
    [
      'whose slots stand twice',
      {},
      { slots: Uint32Array.of(3, 3), weights: Float32Array.of(1, 1) },
      /got slot 3, expected ascending ones/,
    ],
    [
      'with fewer weights than slots',
      {},
      { slots: Uint32Array.of(1, 2), weights: Float32Array.of(1) },
      /got 1 weights, expected 2 of f32$/,
    ],
    [
      'with a weight that is no number',
      {},
      { slots: Uint32Array.of(1), weights: Float32Array.of(Number.NaN) },
      /got weights of NaN, expected numbers$/,
    ],
  ])('where it leaves a model %s', async (_, header, sections, reason) => {
    const world = await makeWorld({ header, ...(sections ? { sections } : {}) })
    expect(await evaluate(world)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(reason),
    })
  })

  test('where its model has other features than go online', async () => {
    const settled = { ...candidate, configurationDigest: configurationDigest(makeScene()) }
    const world = await makeWorld()
    const registry = openRegistry(world.table, 'feed')
    await registry.settle(settled, 'started')
    await leaveOutputs(world.models, settled)
    expect(await evaluate(world)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(/got features \[\], expected \[\{/),
    })
  })

  test('where it leaves no archive at all, since no retry would find one', async () => {
    const world = await makeWorld()
    world.models.contents.delete(jobOutputKey('feed', candidate.version, 'output'))
    expect(await evaluate(world)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(
        /output.tar.gz: got nothing, expected result.json, predictions/,
      ),
    })
  })

  test('but is left to the gates where training says itself that it diverged', async () => {
    const sanity = {
      ...{ isFinite: false, norm: 0, parentNorm: null, slots: 1 },
      predictions: { mean: null, p01: null, p50: null, p99: null },
    }
    const world = await makeWorld({ ours: () => Number.NaN, result: { sanity } })
    expect(await evaluate(world)).toMatchObject({
      verdict: 'refused',
      reason: expect.stringMatching(/not finite/),
    })
  })
})

describe('a training job that did not complete', () => {
  test.each([
    ['Failed', 'AlgorithmError: no samples', /training failed: AlgorithmError: no samples/],
    ['Stopped', undefined, /training stopped: no reason given/],
  ])('%s fails its version with the reason', async (status, reason, sentence) => {
    const world = await makeWorld()
    expect(await evaluate(world, eventOf(candidate, status, reason))).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(sentence),
    })
    expect(await statusOf(world)).toMatchObject({ status: 'failed' })
    expect(await rowsOf(world, DECISION_SK)).toMatchObject([{ kind: 'failure' }])
  })

  test('of somebody else is ignored', async () => {
    const world = await makeWorld()
    const before = await rowsOf(world, VERSION_SK)
    for (const TrainingJobName of ['another-job', 'qm-feed-daily-20260101-00000000'])
      expect(
        (
          await evaluate(world, {
            ...eventOf(candidate),
            detail: { TrainingJobName, TrainingJobStatus: 'Completed' },
          })
        ).verdict,
      ).toBe('ignored')
    expect(await rowsOf(world, VERSION_SK)).toEqual(before)
  })
})

test('an archive that unpacks to more than it may is not unpacked to its end', async () => {
  const bomb = await makeArchive({ 'model.qmm': Buffer.alloc(2 ** 20) })
  await expect(readArchive(bomb, 'model.tar.gz', 1000)).rejects.toThrow(
    /model.tar.gz: unpacks to more than 1000 bytes/,
  )
})

describe('an archive that cannot be trusted fails the version', () => {
  test.each([
    [
      'names a path outside itself',
      () => makeArchive({ '../model.qmm': 'x' }),
      /expected one inside the archive/,
    ],
    [
      'lacks the model',
      () => makeArchive({ 'other.txt': 'x' }),
      /got other.txt, expected model.qmm/,
    ],
    [
      'is cut short',
      async () => (await makeArchive({ 'model.qmm': 'x'.repeat(10_000) })).subarray(0, 40),
      /not a whole .tar.gz/,
    ],
    ['is no archive', async () => Buffer.from('hello'), /not a whole .tar.gz/],
  ])('because it %s', async (_, archive, reason) => {
    const world = await makeWorld()
    world.models.drop(jobOutputKey('feed', candidate.version, 'model'), await archive())
    expect(await evaluate(world)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(reason),
    })
  })
})
