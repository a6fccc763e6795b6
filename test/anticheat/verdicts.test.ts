import { describe, expect, test } from 'vitest'
import type { Detector } from '../../functions/anticheat/detector.ts'
import { isHeldBack } from '../../functions/anticheat/holdback.ts'
import { readFindings, screenShard } from '../../functions/anticheat/screen.ts'
import { newestSnapshot } from '../../functions/anticheat/snapshot.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import {
  correctionsKey,
  findingsKey,
  verdictManifestKey,
  verdictsKey,
} from '../../functions/contract/verdicts.ts'
import { InvalidInput } from '../../functions/core/errors.ts'
import { DAY0_MS } from '../make/events.ts'
import { screenAll } from '../make/screen-all.ts'
import { atHour, failing, findNamed, hourRows, openScreenedWorld, scene } from './screened-world.ts'

const DAY_END_MS = DAY0_MS + DAY_MS
type World = ReturnType<typeof openScreenedWorld>

/** A day of drops, and the runs up to the one before the day's last closing. */
async function openDay(
  detectors: readonly Detector[],
  drops: (hour: number) => ReturnType<typeof hourRows>[] = (hour) => [hourRows(hour)],
): Promise<World> {
  const world = openScreenedWorld(detectors)
  let n = 0
  for (let hour = 20; hour < 24; hour++) for (const rows of drops(hour)) world.land(n++, rows)
  await world.run(24)
  return world
}
async function bytesOf({ lake }: World, madeMs: number): Promise<string[]> {
  const name = { scene: 'feed', closedThroughMs: DAY_END_MS }
  const keys = [
    findingsKey({ ...name, shard: 0 }),
    correctionsKey(name),
    verdictsKey({ scene: 'feed', madeMs }),
  ]
  const files = await Promise.all(keys.map((key) => lake.get(key)))
  return files.map((bytes) => Buffer.from(bytes).toString('base64'))
}

describe('A screening', () => {
  test('Duplicated and reordered drops change no byte of it', async () => {
    const plain = await openDay([findNamed('cheat')])
    const shuffled = await openDay([findNamed('cheat')], (hour) => {
      const rows = hourRows(hour)
      return [[...rows].reverse(), rows, rows.slice(0, 3)]
    })
    const first = (await plain.run(25))!.manifest
    const second = (await shuffled.run(25))!.manifest
    expect(first.verdicts).toBe(1)
    // The files of both are the same but for the drops that their events came with.
    expect(second.sha256).toBe(first.sha256)
    const [findings, , verdicts] = await bytesOf(plain, first.madeMs)
    const [sameFindings, , sameVerdicts] = await bytesOf(shuffled, second.madeMs)
    expect([sameFindings, sameVerdicts]).toEqual([findings, verdicts])
  })

  test('A repeat writes the same bytes, and nothing after the manifest', async () => {
    const world = await openDay([findNamed('cheat')])
    const { screen } = await world.plan(25)
    const made = (await world.run(25))!
    const { madeMs } = made.manifest
    const before = await bytesOf(world, madeMs)
    await world.lake.delete(verdictManifestKey({ scene: 'feed', madeMs }))
    expect(await screenAll(world, { screen }, [findNamed('cheat')])).toEqual(made)
    expect(await bytesOf(world, madeMs)).toEqual(before)
    expect(await screenAll(world, { screen }, [findNamed('u1')])).toBeNull()
    expect((await bytesOf(world, madeMs)).slice(1)).toEqual(before.slice(1))
  })

  test('The next run makes the screening that another run left', async () => {
    const detectors = [failing]
    const world = await openDay(detectors)
    await expect(world.run(25)).rejects.toThrow(InvalidInput)
    detectors[0] = findNamed('cheat')
    const made = (await world.run(26))!
    // It keeps the place of the closing that closed the day.
    expect(made.manifest.screenedThroughMs).toBe(DAY_END_MS)
    expect(made.corrected.removed).toBe(4 * 5)
    expect(await world.run(27)).toBeNull()
  })

  test('A detector that throws stops the run and names the data', async () => {
    const world = await openDay([failing])
    await expect(world.run(25)).rejects.toThrow(
      /detector failing failed on 36 events of feed from .* to 2026-01-06T00:00:00Z: a hole in the columns; this screening made no verdict, and nothing is trained/,
    )
    expect(await newestSnapshot(world.lake, 'feed', atHour(99))).toBeNull()
  })

  test('Days of one user and of bots alone are screened too', async () => {
    const one = await openDay([findNamed('cheat')], (hour) => [hourRows(hour, ['u1'])])
    expect((await one.run(25))!.manifest.verdicts).toBe(0)
    const bots = await openDay([findNamed('cheat')], (hour) => [hourRows(hour, ['cheat'])])
    expect((await bots.run(25))!.corrected.removed).toBe(4 * 5)
    expect(await bots.counts()).toEqual(new Map())
  })

  test('A verdict that an operator cleared is found again and changes nothing', async () => {
    const world = await openDay([findNamed('cheat')])
    world.statements.push({
      ...{ kind: 'clear', subject: 'user', id: 'cheat', reason: 'known' },
      ...{ fromMs: 0, throughMs: DAY0_MS + 9 * DAY_MS, saidMs: DAY0_MS, untilMs: atHour(99) },
    })
    const made = (await world.run(25))!
    expect(made.counts.cleared).toBe(1)
    expect(made.corrected.removed).toBe(0)
    expect(made.users).toBe(0)
  })

  test('No run plans one where the configuration switches it off', async () => {
    const planned = async (screening: 'on' | 'off') => {
      const anticheat = { screening, honeypots: [], holdback: 0, seed: 1 }
      const world = openScreenedWorld([findNamed('cheat')], { ...scene, anticheat })
      world.land(0, hourRows(20))
      await world.run(24)
      return (await world.plan(25)).screen
    }
    expect(await planned('off')).toBeNull()
    expect((await planned('on'))?.closedThroughMs).toBe(DAY_END_MS)
  })

  test('Its manifest tells what the verdicts do to each hour', async () => {
    const world = await openDay([findNamed('cheat')])
    const { report } = (await world.run(25))!.manifest
    expect(report!.hours.map(({ events, excluded }) => ({ events, excluded }))).toEqual(
      Array.from({ length: 4 }, () => ({ events: 9, excluded: { named: 5 } })),
    )
    expect(report!.detectors).toEqual({ named: { findings: 1, verdicts: 1, events: 20 } })
    expect(report!.topItems).toEqual([{ item: 'i1', before: 24, after: 8 }])
  })

  test('Its manifest says how sure the verdicts are', async () => {
    const users = Array.from({ length: 7 }, (_, n) => `a${n}`)
    const detectors = [
      ...users.slice(0, 6).map((user) => findNamed(user, 'timing')),
      ...users.slice(1).map((user) => findNamed(user, 'graph')),
    ]
    const anticheat = { honeypots: ['i1', 'never-shown'], holdback: 0, seed: 1 }
    const world = openScreenedWorld(detectors, { ...scene, anticheat })
    for (let hour = 20; hour < 24; hour++)
      world.land(hour, hourRows(hour, ['u1', 'u2', 'u3', ...users]))
    await world.run(24)
    const { report } = (await world.run(25))!.manifest
    expect(report!.honeypots).toEqual({ items: 2, events: 4 * 10 * 2, users: 10 })
    expect(report!.holdback).toBeNull()
    // Six users each, five in common: Chapman's estimate is 7² / 6 − 1, of which seven are seen.
    expect(report!.recall!.estimate).toBeCloseTo(7 / (49 / 6 - 1), 10)
    expect(report!.recall!.low).toBeLessThan(report!.recall!.estimate)
    expect(report!.redraws).toMatchObject({ runs: 1, findings: 0, events: 0 })
    // Twelve impressions of honest users, each with a click at most.
    expect(report!.redraws.drawn).toBeGreaterThanOrEqual(12)
    expect(report!.redraws.drawn).toBeLessThanOrEqual(24)
  })

  test('Its manifest compares a verdict held back with honest users', async () => {
    const seeds = Array.from({ length: 100 }, (_, seed) => ({ share: 0.2, seed }))
    const { share, seed } = seeds.find((one) => isHeldBack({ subject: 'user', id: 'cheat' }, one))!
    const anticheat = { honeypots: [], holdback: share, seed }
    const world = openScreenedWorld([findNamed('cheat')], { ...scene, anticheat })
    for (let hour = 20; hour < 24; hour++) world.land(hour, hourRows(hour))
    await world.run(24)
    const made = (await world.run(25))!
    expect(made.manifest.report!.holdback).toEqual({
      ...{ verdicts: 1, impressions: 4, clicks: 16, otherImpressions: 8, otherClicks: 8 },
    })
    expect(made.corrected.removed).toBe(0)
    expect(made.manifest.report).toMatchObject({ honeypots: null, recall: null })
  })

  test('Shards by item find together what one shard finds', async () => {
    const spread = (hour: number) => [
      hourRows(hour).map((row, n) => ({ ...row, item: `i${n % 5}` })),
    ]
    const detectors = [findNamed('cheat')]
    const world = await openDay(detectors, spread)
    const { screen } = await world.plan(25)
    await world.run(25)
    const eventsIn = async (shards: number): Promise<number[]> => {
      const sharded = { ...screen!, shards }
      for (let shard = 0; shard < shards; shard++)
        await screenShard(world.lake, scene, sharded, shard, detectors)
      const findings = await readFindings(world.lake, 'feed', sharded)
      return findings.filter(({ detector }) => detector === 'named').map(({ events }) => events)
    }
    expect(await eventsIn(1)).toEqual([20])
    const cut = await eventsIn(3)
    expect(cut.length).toBeGreaterThan(1)
    expect(cut.reduce((sum, events) => sum + events, 0)).toBe(20)
  })
})
