import { describe, expect, test } from 'vitest'
import { WORLD_DEFAULTS } from '../../cdk/cli/world/options.ts'
import { createWorld, type Drop } from '../../cdk/cli/world/world.ts'
import { checkExactlyOnce } from '../../functions/audit/check.ts'
import { versionManifestKey } from '../../functions/contract/keys.ts'
import type { DecisionRow } from '../../functions/contract/registry.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { DAY_MS, HOUR_MS, isoSeconds } from '../../functions/contract/time.ts'
import { versionManifestSchema } from '../../functions/contract/training.ts'
import { getJson } from '../../functions/core/objects.ts'
import { openPipeline, type Pipeline } from '../make/pipeline.ts'
import { type Poison, poisonDrops } from '../make/poisoned-drops.ts'
import { makeScene } from '../make/scene.ts'

/** An honest crowd of one in ten clicks, which is enough that a night's hour can be judged. */
const WORLD = {
  ...WORLD_DEFAULTS,
  ...{ days: 3, users: 800, items: 100, newItemsPerDay: 0, sessionsPerUserAndDay: 1 },
  ...{ dirt: 0, cheats: 0 },
}
const hourOn = (day: number, hour: number): number => WORLD.startMs + day * DAY_MS + hour * HOUR_MS

function sceneOf(tiers: 'hourly' | 'daily only'): Scene {
  const scene = makeScene({ canary: undefined })
  const { hourly: _, ...others } = scene.tiers
  const model = { ...scene.model, hashBits: 14 }
  return { ...scene, model, tiers: tiers === 'hourly' ? scene.tiers : others }
}

async function play(scene: Scene, poison: Poison, seed = 1): Promise<Pipeline> {
  const pipeline = openPipeline(scene)
  const drops = createWorld({ ...WORLD, seed }).drops()
  await pipeline.play(poisonDrops(drops, poison), WORLD.startMs, hourOn(WORLD.days, 5))
  return pipeline
}
/** Where the gate on the positive rate closed, and what it said. */
const closedGates = (decisions: readonly DecisionRow[]): DecisionRow[] =>
  decisions.filter(({ evidence }) => evidence['gate'] === 'positive-rate')

/** Hours of the first day, which no rate stands before, and of the days after. */
const POISON: Poison = new Map([
  [hourOn(0, 12), 0.45],
  [hourOn(1, 10), 0.3],
  [hourOn(1, 15), 0.45],
  [hourOn(1, 20), 0.8],
  [hourOn(2, 11), 0.45],
])

describe.each(['hourly', 'daily only'] as const)('A contaminated hour (tiers %s)', (tiers) => {
  let pipeline: Pipeline
  const versions = async () => (await pipeline.registry.versions()).map(({ version }) => version)

  test('A contaminated hour trains no version in any tier', async () => {
    pipeline = await play(sceneOf(tiers), POISON)
    let samples = 0
    for (const version of await versions())
      for (const { timeMs } of await pipeline.samplesOf(version)) {
        samples++
        const poisoned = [...POISON.keys()].find((ms) => timeMs >= ms && timeMs < ms + HOUR_MS)
        expect(poisoned, version).toBeUndefined()
      }
    expect(samples).toBeGreaterThan(10_000)
  }, 300_000)

  test('A decision names the contaminated hour with its gate', async () => {
    const decisions = closedGates(await pipeline.registry.decisions())
    for (const hourMs of POISON.keys()) {
      const naming = decisions.filter(
        ({ reason, evidence }) =>
          reason.includes(`${isoSeconds(hourMs)}: positive rate`) ||
          JSON.stringify(evidence['hours'] ?? []).includes(String(hourMs)),
      )
      expect(naming, isoSeconds(hourMs)).not.toEqual([])
    }
  })

  test('A contaminated hour does not stop its day from training', async () => {
    const accepted = (await pipeline.registry.versions())
      .filter(({ tier, status }) => tier !== 'hourly' && status === 'accepted')
      .map(({ dataThroughMs }) => dataThroughMs)
    expect(accepted.sort()).toEqual([hourOn(1, 0), hourOn(2, 0), hourOn(3, 0)])
  })

  test('The served chain account lists the contaminated hour as excluded', async () => {
    const current = (await pipeline.registry.current())!
    const account = await checkExactlyOnce(pipeline, 'feed', current.version!)
    expect(account.violations).toEqual([])
    expect(account.excluded).toBeGreaterThan(500)
    for (const version of await versions()) {
      const key = versionManifestKey('feed', version)
      const manifest = await getJson(pipeline.models, key, versionManifestSchema)
      for (const { fromMs } of manifest.exclusions) expect([...POISON.keys()]).toContain(fromMs)
    }
  })
})

describe('A poisoned drop within a normal hour', () => {
  const hourMs = hourOn(1, 20)
  // One of the hour's drops of fifteen minutes. The hour's own odds move by less than the gate's factor.
  const world = { ...WORLD, days: 2, users: 1600, dropMinutes: 15 }
  const isPoisoned = ({ name }: Drop): boolean => name.startsWith('2026-01-06/20-30')

  test('A decision excludes its hour and names the drop', async () => {
    const pipeline = openPipeline(sceneOf('daily only'))
    const drops = [...createWorld(world).drops()]
    expect(drops.filter(isPoisoned)).toHaveLength(1)
    const log = poisonDrops(drops, new Map([[hourMs, 0.7]]), isPoisoned)
    await pipeline.play(log, WORLD.startMs, hourOn(2, 5))
    const decisions = closedGates(await pipeline.registry.decisions())
    expect(decisions.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^excluded 2026-01-06T20:00:00Z: drop [0-9a-f]{32}: positive rate /),
    ])
    expect(decisions[0]!.evidence['drop']).toMatch(/^[0-9a-f]{32}$/)
    for (const { version } of await pipeline.registry.versions())
      for (const { timeMs } of await pipeline.samplesOf(version))
        expect(timeMs >= hourMs && timeMs < hourMs + HOUR_MS, version).toBe(false)
  }, 300_000)
})

describe('A log without errors', () => {
  test.each([
    [1, 'hourly'],
    [2, 'daily only'],
    [3, 'daily only'],
    [4, 'daily only'],
  ] as const)(
    'A clean log with seed %i, tiers %s, passes every hour',
    async (seed, tiers) => {
      const pipeline = await play(sceneOf(tiers), new Map(), seed)
      expect(closedGates(await pipeline.registry.decisions())).toEqual([])
      expect((await pipeline.registry.current())?.version).toMatch(/^(daily|full|hourly)-/)
    },
    300_000,
  )
})
