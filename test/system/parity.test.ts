import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPseudonyms } from '../../cdk/cli/ranking.ts'
import { replay } from '../../cdk/cli/replay/replay.ts'
import { openLanding } from '../../cdk/cli/served/landing.ts'
import { withServedCells } from '../../cdk/cli/served/served-cells.ts'
import { openService } from '../../cdk/cli/served/service.ts'
import type { Drop } from '../../cdk/cli/world/world.ts'
import type { Cloud } from '../../cdk/local/cloud.ts'
import { parityPrefix } from '../../functions/contract/keys.ts'
import { parityAccountSchema, sumParity, totalParity } from '../../functions/contract/parity.ts'
import type { Summary } from '../../functions/contract/summary.ts'
import { dateOf, HOUR_MS, hourOf } from '../../functions/contract/time.ts'
import { getJson } from '../../functions/core/objects.ts'
import { makeScene } from '../make/scene.ts'
import {
  fireOnlyIn,
  hoursFrom,
  openWorkshop,
  SMALL_WORLD,
  silent,
  smallScene,
  type Workshop,
  worldDrops,
} from './run-world.ts'

const { hourly: _, ...daily } = makeScene().tiers
/** The first release is served by then. */
const SERVED_MS = SMALL_WORLD.startMs + 28 * HOUR_MS
const END_MS = SERVED_MS + 8 * HOUR_MS

/** The world by the hour until something is served, and then by `dropMinutes`: a first day by the minute takes long. */
function dropsBy(dropMinutes: number): Drop[] {
  const world = { ...SMALL_WORLD, days: 2, users: 150 }
  const served = `${dateOf(SERVED_MS)}/${hourOf(SERVED_MS)}`
  const isBefore = ({ name, kind }: Drop): boolean => kind !== 'events' || name < served
  const drops = [
    ...[...worldDrops(world)].filter(isBefore),
    ...[...worldDrops({ ...world, dropMinutes })].filter((drop) => !isBefore(drop)),
  ]
  return drops
    .filter(({ arrivalMs }) => arrivalMs < END_MS)
    .sort((a, b) => a.arrivalMs - b.arrivalMs || (a.name < b.name ? -1 : 1))
}

describe.each([
  ['with hourly drops', 60, smallScene()],
  ['with one-minute drops, without an hourly tier', 1, smallScene({ tiers: daily })],
] as const)('What is served %s', (_what, dropMinutes, scene) => {
  let workshop: Workshop
  let cloud: Cloud
  let landing: Summary['landing']
  beforeAll(async () => {
    workshop = await openWorkshop(scene)
    cloud = await workshop.start()
    // A first full, and all hours in which it is served.
    fireOnlyIn(cloud, { 1: hoursFrom(1, 14) })
    const all = { share: 1, everyHours: 1 }
    const service = await openService(cloud, scene, await openPseudonyms(cloud, 'feed'), all)
    const measured = openLanding(cloud, 'feed')
    const drops = withServedCells(dropsBy(dropMinutes), cloud.clock, service)
    await replay(
      cloud,
      'feed',
      drops,
      silent,
      async (drop) => {
        const item = service.itemOf(drop)
        if (item !== null) await measured.measure(item, drop.arrivalMs)
      },
      END_MS + 2 * HOUR_MS,
    )
    landing = measured.seconds()
  }, 420_000)
  afterAll(() => workshop?.end())

  test('Every value that was served equals that of samples', async () => {
    expect(cloud.deadLetters()).toBe(0)
    const keys = (await cloud.lake.list(parityPrefix('feed'))).map(({ key }) => key)
    const accounts = await Promise.all(
      keys.map((key) => getJson(cloud.lake, key, parityAccountSchema)),
    )
    const total = totalParity(sumParity(accounts))
    expect(accounts.flatMap(({ examples }) => examples)).toEqual([])
    expect(total.values).toBeGreaterThan(1000)
    expect(total).toMatchObject({ equal: total.values, late: 0 })
    expect(accounts.map(({ unknownRelease }) => unknownRelease).filter(Boolean)).toEqual([])
  })

  test('The values of a drop can be read within two seconds', () => {
    expect(landing!.drops).toBeGreaterThan(5)
    expect(landing!.p95).toBeLessThan(2)
  })
})
