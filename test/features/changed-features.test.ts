import { describe, expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { loadFolded } from '../../functions/features/near-line.ts'
import { seriesOf } from '../../functions/features/series.ts'
import { DAY0_MS, makeImpression } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'
import { openOnlineWorld } from './online-world.ts'
import { rowValue } from './row-value.ts'

const count = (name: string, event: string, windowHours: number) =>
  ({ kind: 'count', name, entity: 'item', event, windowHours }) as const
const [SHORT, LONG, OTHER] = [
  count('shown', 'impression', 3),
  count('shown', 'impression', 30),
  count('clicks', 'click', 3),
]
const sceneOf = (...features: (typeof SHORT)[]) => makeScene({ features })
const [series] = seriesOf([LONG])

/** A world whose items are shown at these hours, a minute before the hour's end. */
function openShown(hours: Readonly<Record<string, readonly number[]>>) {
  const world = openOnlineWorld(sceneOf(SHORT))
  const drops = Object.entries(hours).flatMap(([item, all]) => all.map((hour) => ({ item, hour })))
  for (const [n, { item, hour }] of drops.entries()) {
    const timeMs = DAY0_MS + (hour + 1) * HOUR_MS - MINUTE_MS
    world.land(n + 1, [makeImpression({ item, timeMs, arrivalMs: timeMs + 1 })])
  }
  const shownAt = async (item: string, hour: number, windowHours: number) =>
    rowValue(
      (await world.row(item)) ?? {},
      (await loadFolded(world.online, 'feed'))!,
      series!,
      DAY0_MS + hour * HOUR_MS,
      windowHours,
    )
  return { ...world, shownAt }
}
const idsOf = async ({ online }: ReturnType<typeof openShown>) =>
  (await loadFolded(online, 'feed'))!.series.map(({ id }) => id)

describe('A feature that is removed and added again', () => {
  test('A longer window is whole when the feature comes back soon', async () => {
    const world = openShown({ i1: [1, 2, 8, 12], i2: [2] })
    await world.fold(6)
    expect(await world.shownAt('i1', 6, 3)).toBe(0)
    await world.fold(10, sceneOf(OTHER))
    // The rows keep its series, for a rollback to the features before.
    expect(await idsOf(world)).toContain(series!.id)
    expect(await world.shownAt('i1', 10, 3)).toBe(1)
    await world.fold(15, sceneOf(OTHER, LONG))
    expect(await world.shownAt('i1', 15, 30)).toBe(4)
    expect(await world.shownAt('i1', 15, 3)).toBe(1)
    expect(await world.shownAt('i2', 15, 30)).toBe(1)
  })

  test('Hours of long ago count once, and only within the window', async () => {
    const weeks = 15 * 24
    const world = openShown({
      i1: [1, weeks + 30],
      i2: [2],
      i3: [weeks + 8, weeks + 30],
      i4: [weeks + 8],
    })
    await world.fold(4)
    await world.fold(5, sceneOf(OTHER))
    // After two weeks without the feature its series is given up.
    await world.fold(weeks + 10, sceneOf(OTHER))
    expect(await idsOf(world)).not.toContain(series!.id)
    await world.fold(weeks + 34, sceneOf(OTHER, LONG))
    const values = await Promise.all(
      ['i1', 'i2', 'i3', 'i4'].map((item) => world.shownAt(item, weeks + 34, 30)),
    )
    expect(values).toEqual([1, 0, 2, 1])
  })

  test('A shorter window counts only its own hours', async () => {
    const world = openShown({ i1: [1, 2, 8] })
    await world.fold(4, sceneOf(LONG))
    await world.fold(6, sceneOf(OTHER))
    await world.fold(11, sceneOf(SHORT))
    expect(await world.shownAt('i1', 11, SHORT.windowHours)).toBe(1)
    expect(await world.shownAt('i1', 11, LONG.windowHours)).toBe(3)
  })
})
