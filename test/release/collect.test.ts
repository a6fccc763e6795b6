import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  jobOutputKey,
  versionCheckpointPrefix,
  versionEvaluationKey,
} from '../../functions/contract/keys.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { takeLease } from '../../functions/registry/lease.ts'
import { loadCollected, loadLineage, openRegistry } from '../../functions/registry/registry.ts'
import { collectReleases } from '../../functions/release/collect.ts'
import { chooseKept } from '../../functions/release/keep.ts'
import { PARTS } from '../../functions/release/parts/list.ts'
import { objectsOf } from '../../functions/release/parts/part.ts'
import { promote } from '../../functions/release/promote.ts'
import { releaseVersion } from '../../functions/release/release.ts'
import { rollBack } from '../../functions/release/rollback.ts'
import { chooseBase } from '../../functions/train/plan.ts'
import { retryAfterEveryKill, type Wrap } from '../make/breaking.ts'
import { makeVersion } from '../make/lineage.ts'
import {
  atDay,
  MODEL,
  makeReleases,
  type ReleasesWorld,
  register,
  releaseOf,
  releasePorts,
  versionPorts,
} from '../make/releases.ts'
import { makeScene } from '../make/scene.ts'

const NOW_MS = atDay(20)
const collectPorts = (
  { models, table }: Pick<ReleasesWorld, 'models' | 'table'>,
  wrap: Wrap = (port) => port,
) => ({ models: wrap(models), registry: openRegistry(wrap(table), 'feed'), parts: PARTS })
const of = (day: number) => makeVersion(day).version
const modelsIn = ({ models }: ReleasesWorld) =>
  [...models.contents.keys()]
    .filter((key) => key.endsWith('model.qmm'))
    .map((key) => key.split('/')[2])

describe('Collection', () => {
  test('Collection keeps three whole releases and every record, deleting older models', async () => {
    const world = await makeReleases(6)
    const told = versionEvaluationKey('feed', of(1))
    const archive = jobOutputKey('feed', of(2), 'model')
    const checkpoint = `${versionCheckpointPrefix('feed', of(2))}1.qmc`
    for (const key of [told, archive, checkpoint]) world.models.drop(key, 'x')
    const done = await collectReleases(collectPorts(world), 'feed', NOW_MS)
    expect(done).toEqual({
      versions: [of(1), of(2), of(3)],
      objects: 5,
      bytes: 3 * MODEL.length + 2,
      waitsFor: null,
    })
    expect(modelsIn(world)).toEqual([of(4), of(5), of(6)])
    expect(world.models.contents.has(told)).toBe(true)
    expect(world.models.contents.has(archive)).toBe(false)
    expect(await collectReleases(collectPorts(world), 'feed', NOW_MS)).toMatchObject({ objects: 0 })
  })

  test('Collection keeps versions served, on trial, young, training or needed', async () => {
    const { registry } = await makeReleases(8)
    const base = makeVersion(1)
    const delta = makeVersion(2, { tier: 'hourly', base: base.version, parent: base.version })
    const training = makeVersion(3, {
      status: 'started',
      parent: of(2),
      version: 'daily-20260108-00000001',
    })
    const young = makeVersion(19, { tier: 'hourly', status: 'refused' })
    const head = makeVersion(9, { tier: 'hourly', base: of(8), parent: of(8) })
    const earlier = makeVersion(8, { tier: 'hourly', base: of(8), parent: of(8) })
    const versions = [...(await registry.versions()), delta, training, young, head, earlier]
    const releases = (await registry.releases())
      .map((row) => (row.sequence === 4 ? releaseOf(4, delta, base) : row))
      .map((row) => ({ ...row, objects: objectsOf(PARTS, row) }))
    const current = (await registry.current())!
    const kept = (fields: object) =>
      chooseKept({ ...current, ...fields }, releases, versions, NOW_MS)
    const always = [of(6), of(7), of(8), head.version, young.version, training.version, of(2)]
    expect([...kept({ sequence: 8 })].sort()).toEqual([...always].sort())
    // The one that is served again is a delta: its base is needed beside it.
    expect([...kept({ sequence: 4, version: delta.version })].sort()).toEqual(
      [...always, delta.version, base.version].sort(),
    )
    const canary = { sequence: 5, version: of(5), share: 0.1, seed: 1, sinceMs: 1 }
    expect(kept({ canary }).has(of(5))).toBe(true)
  })

  test('Collection leaves no deleted version as a base for growth', async () => {
    const world = await makeReleases(6)
    await collectReleases(collectPorts(world), 'feed', NOW_MS)
    for (const day of [4, 5, 6]) {
      const row = (await world.registry.version(of(day)))!
      await world.registry.settle({ ...row, status: 'refused' }, 'accepted')
    }
    const lineage = await loadLineage(world.registry, NOW_MS)
    expect(lineage).toHaveLength(6)
    expect(chooseBase(lineage, NOW_MS)).toBeNull()
  })

  test('Collection waits for the lease holder and marks nothing meanwhile', async () => {
    const world = await makeReleases(6)
    const current = (await world.registry.current())!
    await takeLease(world.registry, current, 'an hourly run', NOW_MS, NOW_MS + HOUR_MS)
    const before = await world.registry.current()
    expect(await collectReleases(collectPorts(world), 'feed', NOW_MS)).toEqual({
      versions: [],
      objects: 0,
      bytes: 0,
      waitsFor: expect.stringMatching(/^an hourly run until 20.*Z$/),
    })
    expect(await world.registry.current()).toEqual(before)
    expect(await world.registry.collectionMarks()).toEqual([])
    expect(modelsIn(world)).toHaveLength(6)
    expect(await collectReleases(collectPorts(world), 'feed', NOW_MS + 2 * HOUR_MS)).toMatchObject({
      objects: 3,
    })
  })

  test('Collection killed at any call deletes the same after a retry', async () => {
    const calls = await retryAfterEveryKill(
      () => makeReleases(6),
      (world, wrap) => collectReleases(collectPorts(world, wrap), 'feed', NOW_MS),
      async (world) => ({
        models: modelsIn(world),
        collected: [...(await loadCollected(world.registry)).keys()],
      }),
      (found, n) =>
        expect(found, `killed at call ${n}`).toEqual({
          models: [of(4), of(5), of(6)],
          collected: [of(1), of(2), of(3)],
        }),
    )
    expect(calls).toBeGreaterThan(12)
  })
})

/** Hands each call of a port to a queue, and lets one at a time pass, in the order that is drawn. */
function interleave(scheduler: fc.Scheduler, isKilled: () => boolean) {
  return <P extends object>(port: P): P =>
    new Proxy(port, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown
        if (typeof value !== 'function') return value
        return async (...given: unknown[]) => {
          await scheduler.schedule(Promise.resolve(), String(name))
          if (isKilled()) throw new Error('killed')
          return (value as (...given: unknown[]) => unknown).apply(target, given)
        }
      },
    })
}

const { hourly: _hourly, ...withoutHourly } = makeScene().tiers
const { canary: _canary, ...withoutCanary } = makeScene({ tiers: withoutHourly })
const act = {
  collect: ({ models, table }: ReleasesWorld, wrap: Wrap, n: number) =>
    collectReleases(collectPorts({ models, table }, wrap), 'feed', NOW_MS + n),
  flip: ({ models, table }: ReleasesWorld, wrap: Wrap, n: number) =>
    releaseVersion(
      releasePorts({ models, table }, wrap, withoutCanary),
      withoutCanary,
      of(19),
      NOW_MS + n,
    ),
  rollback: ({ table }: ReleasesWorld, wrap: Wrap, n: number) =>
    rollBack(openRegistry(wrap(table), 'feed'), { reason: 'test', timeMs: NOW_MS + n }),
  'rollback to 2': ({ table }: ReleasesWorld, wrap: Wrap, n: number) =>
    rollBack(openRegistry(wrap(table), 'feed'), { reason: 'test', timeMs: NOW_MS + n, to: 2 }),
  'promote 3': ({ models, table }: ReleasesWorld, wrap: Wrap, n: number) =>
    promote(versionPorts({ models, table }, wrap), {
      reason: 'test',
      timeMs: NOW_MS + n,
      version: of(3),
    }),
}
type Act = keyof typeof act

describe('Concurrent actions', () => {
  test('Collection never deletes a served version, despite flips and kills anywhere', async () => {
    let flippedBack = 0
    let collected = 0
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(
          fc.record({
            verb: fc.constantFrom(...(Object.keys(act) as Act[]), 'collect' as const),
            beginsAfter: fc.nat(60),
            killedAfter: fc.option(fc.nat(40), { freq: 3 }),
          }),
          { minLength: 2, maxLength: 5 },
        ),
        async (scheduler, acts) => {
          const world = await makeReleases(6)
          await register(world, makeVersion(19, { modelSha256: sha256Hex(MODEL) }))
          /** The served model stands, after every single write. */
          const check = async (): Promise<void> => {
            const { version } = (await world.registry.current())!
            expect(modelsIn(world), `${version} is served`).toContain(version)
          }
          const watched: ReleasesWorld = {
            ...world,
            models: {
              ...world.models,
              delete: async (key: string) => {
                await world.models.delete(key)
                await check()
              },
            },
            table: {
              ...world.table,
              putIfUnchanged: async (...given) => {
                const isDone = await world.table.putIfUnchanged(...given)
                await check()
                return isDone
              },
            },
          }
          const failures: string[] = []
          const all = acts.map(async ({ verb, beginsAfter, killedAfter }, n) => {
            for (let i = 0; i < beginsAfter; i++) await scheduler.schedule(Promise.resolve())
            let calls = 0
            const isKilled = () => killedAfter !== null && calls++ >= killedAfter
            return act[verb](watched, interleave(scheduler, isKilled), n).catch((error: Error) => {
              // Refusals and kills are answers; a broken promise is not.
              if (error.name === 'AssertionError') failures.push(error.message)
            })
          })
          await scheduler.waitIdle()
          await Promise.all(all)
          expect(failures).toEqual([])
          await check()
          // What is not marked as collected stands whole, however the collections ended.
          const gone = await loadCollected(world.registry)
          for (const { version } of await world.registry.versions())
            if (!gone.has(version)) expect(modelsIn(world)).toContain(version)
          if ((await world.registry.current())!.sequence === 2) flippedBack++
          if (modelsIn(world).length < 7) collected++
        },
      ),
      { numRuns: 500, seed: 7 },
    )
    // The races were races: either side has won some.
    expect(flippedBack).toBeGreaterThan(10)
    expect(collected).toBeGreaterThan(10)
  }, 420_000)
})
