import { describe, expect, test } from 'vitest'
import { DECISION_SK, scenePk } from '../../functions/contract/registry.ts'
import type { RunRequest } from '../../functions/contract/training.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { freeze, thaw } from '../../functions/release/freeze.ts'
import { readLineage } from '../../functions/release/lineage.ts'
import { promote } from '../../functions/release/promote.ts'
import { rollBack, withdrawTrial } from '../../functions/release/rollback.ts'
import { startRun } from '../../functions/release/start-run.ts'
import { retryAfterEveryKill, type Wrap } from '../make/breaking.ts'
import { makeVersion } from '../make/lineage.ts'
import {
  MODEL,
  makeReleases,
  type ReleasesWorld,
  register,
  releaseOf,
  versionPorts,
} from '../make/releases.ts'
import { makeScene } from '../make/scene.ts'

const calm: Wrap = (port) => port
const rowsOf = ({ table }: ReleasesWorld, prefix = '') => table.query(scenePk('feed'), prefix)
const of = (day: number) => makeVersion(day).version
const word = { reason: 'a person said so', timeMs: 9_000 }

/** The world after `act` must be the same wherever it was killed before. */
async function survives(
  world: () => Promise<ReleasesWorld>,
  act: (world: ReleasesWorld, wrap: Wrap) => Promise<unknown>,
): Promise<ReleasesWorld> {
  const undisturbed = await world()
  await act(undisturbed, calm)
  const expected = await rowsOf(undisturbed)
  const calls = await retryAfterEveryKill(world, act, rowsOf, (found, n) =>
    expect(found, `killed at call ${n}`).toEqual(expected),
  )
  expect(calls).toBeGreaterThan(2)
  return undisturbed
}

const sha = sha256Hex(MODEL)
/** Three releases, and a fourth version that the gates have refused. */
async function withRefused(): Promise<ReleasesWorld> {
  const world = await makeReleases(3)
  const refused = { status: 'refused', reason: 'log loss rose', modelSha256: sha } as const
  await register(world, makeVersion(4, refused))
  return world
}
/** Three releases, the last an hourly on trial on a base of its own. */
async function withCanary(): Promise<ReleasesWorld> {
  const world = await makeReleases(2)
  const base = await register(world, makeVersion(3, { modelSha256: sha }))
  const tried = await register(
    world,
    makeVersion(4, {
      tier: 'hourly',
      arm: 'canary',
      base: base.version,
      parent: base.version,
      modelSha256: sha,
    }),
  )
  await world.registry.prepare(releaseOf(3, tried))
  const current = (await world.registry.current())!
  const canary = { sequence: 3, version: tried.version, share: 0.2, seed: 1, sinceMs: 5 }
  await world.registry.change({ ...current, lastSequence: 3, canary }, current.fence)
  return world
}
const promoteIn = (world: ReleasesWorld, wrap: Wrap, version?: string) =>
  promote(versionPorts(world, wrap), { ...word, version })

describe('A promotion', () => {
  test('A promotion serves a refused version despite a lease and records why', async () => {
    const world = await survives(withRefused, (world, wrap) => promoteIn(world, wrap, of(4)))
    expect(await world.registry.current()).toMatchObject({
      sequence: 4,
      version: of(4),
      lastSequence: 4,
      fence: 3,
    })
    expect(await world.registry.version(of(4))).toMatchObject({
      status: 'accepted',
      reason: 'promoted by an operator (a person said so) over: log loss rose',
    })
    expect((await rowsOf(world, DECISION_SK)).filter((row) => row['kind'] === 'promotion')).toEqual(
      [expect.objectContaining({ from: 3, to: 4, evidence: { over: `${of(4)}: log loss rose` } })],
    )
  })

  test('A promotion without a version serves the canary and ends its trial', async () => {
    const world = await survives(withCanary, (world, wrap) => promoteIn(world, wrap))
    expect(await world.registry.current()).toMatchObject({
      sequence: 3,
      canary: null,
      fence: 2,
    })
    await expect(promote(versionPorts(world), { reason: 'again', timeMs: 10_000 })).rejects.toThrow(
      /no canary is on trial: name the version/,
    )
  })

  test('A promotion requires a judged version with its model', async () => {
    const world = await withRefused()
    await world.registry.register(makeVersion(5, { status: 'started', modelKey: null }))
    await expect(promoteIn(world, calm, of(5))).rejects.toThrow(/is started and has no model/)
    await expect(promoteIn(world, calm, of(9))).rejects.toThrow(/is not registered/)
    await expect(promoteIn(world, calm, of(3))).rejects.toThrow(/is already served/)
    await world.models.delete(makeVersion(4).modelKey!)
    await expect(promoteIn(world, calm, of(4))).rejects.toThrow(
      /cannot be served: no object .*\/model.qmm/,
    )
    const row = { version: of(4), collectedMs: 1, fence: 1 }
    await world.registry.markCollected(row, null)
    await expect(promoteIn(world, calm, of(4))).rejects.toThrow(/was collected/)
    expect((await world.registry.current())!.sequence).toBe(3)
  })
})

describe('A withdrawal', () => {
  test('A withdrawal ends the trial, refuses its chain and leaves other users', async () => {
    const world = await survives(withCanary, (world, wrap) =>
      withdrawTrial(openRegistry(wrap(world.table), 'feed'), word),
    )
    expect(await world.registry.current()).toMatchObject({ sequence: 2, canary: null })
    for (const row of await world.registry.versions())
      expect(row.status).toBe(
        row.dataThroughMs > makeVersion(2).dataThroughMs ? 'refused' : 'accepted',
      )
    await expect(withdrawTrial((await makeReleases(2)).registry, word)).rejects.toThrow(
      /no canary is on trial/,
    )
  })
})

describe('A rollback by hand', () => {
  test('A rollback skips releases only on trial and refused versions', async () => {
    const world = await withCanary()
    await promote(versionPorts(world), { ...word, version: of(3) })
    // Release 3 was on trial and 4 is served: 2 is what everybody had before.
    expect(await rollBack(world.registry, { ...word, timeMs: 10_000 })).toMatchObject({
      from: 4,
      to: 2,
    })
    const third = await makeReleases(3)
    const row = (await third.registry.version(of(2)))!
    await third.registry.settle({ ...row, status: 'refused' }, 'accepted')
    expect(await rollBack(third.registry, word)).toMatchObject({ from: 3, to: 1 })
  })

  test('A rollback never goes to collected releases and gives the reason', async () => {
    const { registry } = await makeReleases(3)
    await registry.markCollected({ version: of(1), collectedMs: 1, fence: 1 }, null)
    await expect(rollBack(registry, { ...word, to: 1 })).rejects.toThrow(
      `release 1 was collected: ${of(1)} was deleted; releases that can be served again: 2`,
    )
    expect(await rollBack(registry, word)).toMatchObject({ to: 2 })
    await expect(rollBack(registry, { ...word, timeMs: 10_000 })).rejects.toThrow(
      /releases that can be served again: none/,
    )
  })
})

describe('A freeze', () => {
  const ask = { ...word, subject: 'hourly' }
  test('A frozen tier or chain is held until thawed; both are recorded', async () => {
    const held = await survives(
      () => makeReleases(1),
      (world, wrap) => freeze(openRegistry(wrap(world.table), 'feed'), ask),
    )
    expect(await held.registry.holds()).toMatchObject([{ subject: 'hourly', isHeld: true }])
    const frozen = async () => {
      const world = await makeReleases(1)
      await freeze(world.registry, ask)
      return world
    }
    const thawed = await survives(frozen, (world, wrap) =>
      thaw(openRegistry(wrap(world.table), 'feed'), { ...ask, timeMs: 10_000 }),
    )
    expect(await thawed.registry.holds()).toMatchObject([{ isHeld: false }])
    const kinds = (await thawed.registry.decisions()).map(({ kind }) => kind)
    expect(kinds).toEqual(expect.arrayContaining(['hold', 'thaw']))
  })

  test('A freeze needs an existing subject, once frozen and once thawed', async () => {
    const { registry } = await makeReleases(1)
    const hourly = makeVersion(2, { tier: 'hourly' })
    await registry.register(hourly)
    await expect(freeze(registry, { ...ask, subject: 'weekly' })).rejects.toThrow(/not registered/)
    await expect(freeze(registry, { ...ask, subject: hourly.version })).rejects.toThrow(
      /an hourly increment: expected a tier .* or a full or daily version; nothing was frozen/,
    )
    await expect(thaw(registry, ask)).rejects.toThrow(/hourly is not frozen: frozen now: none/)
    await freeze(registry, { ...ask, subject: of(1) })
    await expect(freeze(registry, { ...ask, subject: of(1), timeMs: 1 })).rejects.toThrow(
      /is already frozen since/,
    )
  })
})

describe('A run by hand', () => {
  test('A repeated run by hand is one execution of an existing tier', async () => {
    const started = new Map<string, RunRequest>()
    const runs = {
      start: async (name: string, input: RunRequest) => {
        const isNew = !started.has(name)
        started.set(name, input)
        return isNew
      },
    }
    const scene = makeScene()
    const first = await startRun(runs, scene, 'daily', 1_000)
    expect(first).toMatchObject({ isNew: true, scheduledTime: '1970-01-01T00:00:01Z' })
    expect(await startRun(runs, scene, 'daily', 1_000)).toEqual({ ...first, isNew: false })
    expect([...started]).toEqual([
      [
        first.execution,
        { scene: 'feed', tier: 'daily', arm: 'served', scheduledTime: '1970-01-01T00:00:01Z' },
      ],
    ])
    const { hourly: _hourly, ...tiers } = scene.tiers
    await expect(startRun(runs, makeScene({ tiers }), 'hourly', 1_000)).rejects.toThrow(
      /feed has no hourly tier: its tiers are full, daily; no run was started/,
    )
  })
})

describe('Lineage', () => {
  test('Lineage gives the served chain, siblings, candidates, holds and exclusions', async () => {
    const world = await withRefused()
    const { registry } = world
    await register(
      world,
      makeVersion(3, { version: 'daily-20260108-0000beef', parent: of(2), status: 'refused' }),
    )
    await registry.register(makeVersion(5, { status: 'started', modelKey: null }))
    await freeze(registry, { ...word, subject: 'full' })
    const found = await readLineage(registry, { limit: 2 })
    expect(found.chain.map(({ version }) => version)).toEqual([of(3), of(2)])
    expect(found.older).toBe(1)
    expect(found.siblings.map(({ version }) => version)).toEqual(['daily-20260108-0000beef'])
    expect(found.candidates.map(({ version }) => version)).toEqual([of(5)])
    expect(found.holds).toMatchObject([{ subject: 'full', reason: 'a person said so' }])
    await expect(readLineage(registry, { version: 'no' })).rejects.toThrow(/no is not registered/)
  })
})
