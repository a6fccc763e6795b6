import { describe, expect, test } from 'vitest'
import { versionModelKey } from '../../functions/contract/keys.ts'
import { DECISION_SK, SCORE_SK, VERSION_SK } from '../../functions/contract/registry.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { retryAfterEveryKill } from '../make/breaking.ts'
import {
  candidate,
  champion,
  evaluate,
  eventOf,
  makeWorld,
  rowsOf,
  type World,
} from './evaluate-world.ts'

const statusOf = async (world: World) =>
  (await openRegistry(world.table, 'feed').version(candidate.version))!

describe('A completed training job', () => {
  test('A completed job leaves its model, champion scores and accepted version', async () => {
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

  test('A challenger significantly worse than the champion is refused', async () => {
    const world = await makeWorld({
      rival: champion.version,
      ours: (_, label) => (label ? 0.1 : 0.6),
    })
    expect(await evaluate(world)).toMatchObject({
      verdict: 'refused',
      reason: expect.stringMatching(/significantly worse, by more than the 0.005 allowed/),
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

  test('A challenger that is worse only by chance is accepted', async () => {
    const noisy = (n: number) => 0.25 + 0.2 * Math.sin(n * 7.1)
    const world = await makeWorld({
      rival: champion.version,
      rows: 60,
      ours: noisy,
      theirs: (n) => 0.25 + 0.2 * Math.sin(n * 3.3),
    })
    expect((await evaluate(world)).verdict).toBe('accepted')
  })

  test('An acceptance without a champion states that none exists', async () => {
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
      /10.00 times its parent's: expected at most 3 times larger or smaller/,
    ],
    ['shrank out of proportion', { norm: 0.1, parentNorm: 1 }, /0.10 times its parent's/],
    [
      'says the same of every row',
      { predictions: { mean: 0.2, p01: 0.2, p50: 0.2, p99: 0.2 } },
      /predicts the same for every row/,
    ],
  ])('A challenger is refused when it %s', async (_, sanity, reason) => {
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
  ])('A training job fails its version with %s', async (_, outputs, reason) => {
    const world = await makeWorld(outputs)
    expect(await evaluate(world)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(reason),
    })
    expect(world.models.contents.has(versionModelKey('feed', candidate.version))).toBe(false)
  })

  test('A second delivery is judged no second time and answers the same', async () => {
    const world = await makeWorld()
    const first = await evaluate(world)
    const before = JSON.stringify([await rowsOf(world, ''), [...world.models.contents]])
    expect(await evaluate(world)).toEqual(first)
    expect(JSON.stringify([await rowsOf(world, ''), [...world.models.contents]])).toBe(before)
  })

  test('An evaluation killed at any call ends correctly after a retry', async () => {
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

describe('An unfinished training job', () => {
  test.each([
    ['Failed', 'AlgorithmError: no samples', /training failed: AlgorithmError: no samples/],
    ['Stopped', undefined, /training stopped: no reason given/],
  ])(
    'A %s training job fails its version and gives the reason',
    async (status, reason, sentence) => {
      const world = await makeWorld()
      expect(await evaluate(world, eventOf(candidate, status, reason))).toMatchObject({
        verdict: 'failed',
        reason: expect.stringMatching(sentence),
      })
      expect(await statusOf(world)).toMatchObject({ status: 'failed' })
      expect(await rowsOf(world, DECISION_SK)).toMatchObject([{ kind: 'failure' }])
    },
  )

  test('An event of a foreign training job is ignored', async () => {
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
