import { describe, expect, test } from 'vitest'
import { DECISION_SK, scenePk } from '../../functions/contract/registry.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { releaseVersion } from '../../functions/release/release.ts'
import { withdrawCanary } from '../../functions/release/withdraw.ts'
import { retryAfterEveryKill, type Wrap } from '../make/breaking.ts'
import { currentRow, makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { releaseOf, releasePorts } from '../make/releases.ts'
import { makeScene } from '../make/scene.ts'

const scene = makeScene({ canary: { share: 0.1, seed: 7, hours: 4, minUsers: 10 } })
const modelSha256 = sha256Hex('the model')
const old = makeVersion(1, { modelSha256 })
const fresh = makeVersion(2, { modelSha256, parent: old.version })
const hour = (n: number) =>
  makeVersion(2, {
    version: `hourly-2026010${7 + n}00-0000000${n}`,
    tier: 'hourly',
    arm: 'canary',
    parent: fresh.version,
    base: fresh.version,
    fence: 4,
    dataFromMs: fresh.dataThroughMs + (n - 1) * HOUR_MS,
    dataThroughMs: fresh.dataThroughMs + n * HOUR_MS,
    modelKey: `models/feed/hour-${n}/model.qmm`,
    modelSha256,
  })
const first = hour(1)
/** Started after the first one's flip, which raised the fence. */
const second = { ...hour(2), fence: 5 }

/** The old base is served, and the lease is the canary run's. */
async function makeWorld() {
  const models = memoryObjects('models')
  const table = memoryTable()
  const registry = openRegistry(table, 'feed')
  for (const row of [old, fresh, first, second]) {
    await registry.register(row)
    models.drop(row.modelKey!, 'the model')
  }
  await registry.prepare({ ...releaseOf(1, old), dataThroughMs: first.dataThroughMs })
  const lease = { owner: 'canary run', untilMs: 10_000 }
  await registry.change(currentRow({ version: old.version, fence: 4, lease }), null)
  return { models, table, registry }
}
type World = Awaited<ReturnType<typeof makeWorld>>
const asItIs: Wrap = (port) => port
const release = (world: World, version: string, isPromoted = false, wrap = asItIs) =>
  releaseVersion(releasePorts(world, wrap, scene), scene, version, 2000, isPromoted)
const withdraw = (world: World, wrap = asItIs) =>
  withdrawCanary(openRegistry(wrap(world.table), 'feed'), second.version, 'people left', 2000)
const rowsOf = (world: World) => world.table.query(scenePk('feed'), '')

async function onTrial(): Promise<World> {
  const world = await makeWorld()
  await release(world, first.version)
  const current = (await world.registry.current())!
  // The next run's lease.
  await world.registry.change({ ...current, lease: { owner: 'next', untilMs: 20_000 } }, 5)
  return world
}

describe('A canary release', () => {
  test('A new base requests a canary, and its chain grows separately', async () => {
    const world = await makeWorld()
    expect(await release(world, fresh.version)).toMatchObject({ next: 'regrow', arm: 'canary' })
    expect((await world.registry.current())!.version).toBe(old.version)
  })

  test('A refused or identical served base makes a canary unnecessary', async () => {
    const world = await makeWorld()
    await world.registry.settle({ ...old, status: 'refused' }, 'accepted')
    expect(await release(world, fresh.version)).toMatchObject({ next: 'regrow', arm: 'served' })
  })

  test('Without trials, a base that caught up is released without waiting', async () => {
    const world = await makeWorld()
    await world.registry.change(currentRow({ version: old.version, fence: 5 }), 4)
    const caughtUp = makeVersion(4, { modelSha256 })
    await world.registry.register(caughtUp)
    world.models.drop(caughtUp.modelKey!, 'the model')
    const ports = releasePorts(world)
    const untried = makeScene({ canary: undefined })
    expect(await releaseVersion(ports, untried, fresh.version, 2000)).toMatchObject({
      next: 'regrow',
      arm: 'served',
    })
    await releaseVersion(ports, untried, caughtUp.version, 2000)
    expect(await world.registry.current()).toMatchObject({ version: caughtUp.version })
  })

  test('A canary runs beside the served release and advances hour by hour', async () => {
    const world = await onTrial()
    expect(await world.registry.current()).toMatchObject({
      sequence: 1,
      version: old.version,
      lastSequence: 2,
      canary: { sequence: 2, version: first.version, share: 0.1, seed: 7, sinceMs: 2000 },
    })
    await release(world, second.version)
    expect(await world.registry.current()).toMatchObject({
      sequence: 1,
      lastSequence: 3,
      lease: null,
      canary: { sequence: 3, version: second.version, sinceMs: 2000 },
    })
  })

  test('A promoted canary is served to all by one flip', async () => {
    const world = await onTrial()
    await release(world, second.version, true)
    expect(await world.registry.current()).toMatchObject({
      sequence: 3,
      version: second.version,
      canary: null,
    })
    const decisions = await world.table.query(scenePk('feed'), DECISION_SK)
    expect(decisions.map(({ kind }) => kind)).toEqual(['canary', 'promotion'])
  })

  test('A withdrawn canary leaves the served release, and its base is refused', async () => {
    const world = await onTrial()
    await withdraw(world)
    expect(await world.registry.current()).toMatchObject({
      sequence: 1,
      version: old.version,
      canary: null,
      lease: null,
    })
    expect(await world.registry.version(fresh.version)).toMatchObject({
      status: 'refused',
      reason: 'withdrawn: people left',
    })
  })

  test.each<[string, (world: World, wrap: Wrap) => Promise<unknown>]>([
    ['moves on', (world, wrap) => release(world, second.version, false, wrap)],
    ['is promoted', (world, wrap) => release(world, second.version, true, wrap)],
    ['is withdrawn', (world, wrap) => withdraw(world, wrap)],
  ])('A canary that %s despite kills ends correctly after a retry', async (_, work) => {
    const calm = await onTrial()
    await work(calm, asItIs)
    const expected = await rowsOf(calm)
    const calls = await retryAfterEveryKill(onTrial, work, rowsOf, (found, n) =>
      expect(found, `killed at call ${n}`).toEqual(expected),
    )
    expect(calls).toBeGreaterThan(4)
  })

  test('A canary whose writer was replaced changes nothing', async () => {
    const world = await onTrial()
    const current = (await world.registry.current())!
    await world.registry.change({ ...current, fence: 6, lease: null }, 5)
    await expect(withdraw(world)).rejects.toThrow(/another writer/)
    expect(await release(world, second.version)).toMatchObject({ sequence: null })
    expect(await world.registry.current()).toMatchObject({ fence: 6, canary: { sequence: 2 } })
    expect((await world.registry.version(fresh.version))!.status).toBe('accepted')
  })
})
