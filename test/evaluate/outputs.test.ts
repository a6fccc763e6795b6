import { describe, expect, test } from 'vitest'
import { jobOutputKey } from '../../functions/contract/keys.ts'
import { DECISION_SK } from '../../functions/contract/registry.ts'
import type { TrainingResult } from '../../functions/contract/training.ts'
import { readArchive } from '../../functions/core/archive.ts'
import type { Section } from '../../functions/core/artifact.ts'
import { configurationDigest } from '../../functions/core/configuration.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { leaveOutputs, makeArchive } from '../make/lineage.ts'
import { makeScene } from '../make/scene.ts'
import { candidate, champion, evaluate, makeWorld, rowsOf } from './evaluate-world.ts'

describe('Unexpected training outputs', () => {
  type Change = Partial<TrainingResult>
  const rows = candidate.rows
  test.each<[string, Change, RegExp]>([
    ['speaks of another version', { version: 'other' }, /got version other, expected daily-/],
    ['read other rows than its manifest has', { rows: 7 }, /got rows 7, expected the 400 of its/],
    [
      'scored nobody',
      { scorers: [] },
      /got scorers none, expected each version once, daily-.* last$/,
    ],
    ['does not score itself', { scorers: [champion.version] }, /got scorers daily-20260106/],
    [
      'scores one twice',
      { scorers: [candidate.version, candidate.version] },
      /got scorers .*expected each version once/,
    ],
    ['has no scores', { scores: {} }, /got scores of daily-.* on no rows, expected 400/],
    [
      'names a scorer without predictions',
      { scorers: ['other', champion.version, candidate.version] },
      /got scores of other on no rows/,
    ],
  ])('A version fails when its training result %s', async (_, result, reason) => {
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
  ])('A version fails when its training leaves predictions %s', async (_, outputs, reason) => {
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
      /got slot 1024, expected ascending slots below 1024$/,
    ],
    [
      'whose slots stand twice',
      {},
      { slots: Uint32Array.of(3, 3), weights: Float32Array.of(1, 1) },
      /got slot 3, expected ascending slots/,
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
      /got weights of NaN, expected finite numbers$/,
    ],
  ])('A version fails when its training leaves a model %s', async (_, header, sections, reason) => {
    const world = await makeWorld({ header, ...(sections ? { sections } : {}) })
    expect(await evaluate(world)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(reason),
    })
  })

  test('A model with other features than the online ones fails its version', async () => {
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

  test('A job without any archive fails its version without further retries', async () => {
    const world = await makeWorld()
    world.models.contents.delete(jobOutputKey('feed', candidate.version, 'output'))
    expect(await evaluate(world)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(
        /output.tar.gz: got nothing, expected result.json, predictions/,
      ),
    })
  })

  test('A model that reports its own divergence goes to the gates', async () => {
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

test('Unpacking stops when an archive exceeds its size limit', async () => {
  const bomb = await makeArchive({ 'model.qmm': Buffer.alloc(2 ** 20) })
  await expect(readArchive(bomb, 'model.tar.gz', 1000)).rejects.toThrow(
    /model.tar.gz: unpacks to more than 1000 bytes/,
  )
})

describe('An untrusted archive', () => {
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
      /expected a whole .tar.gz/,
    ],
    ['is no archive', async () => Buffer.from('hello'), /expected a whole .tar.gz/],
  ])('A version fails when its archive %s', async (_, archive, reason) => {
    const world = await makeWorld()
    world.models.drop(jobOutputKey('feed', candidate.version, 'model'), await archive())
    expect(await evaluate(world)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(reason),
    })
  })
})
