import { beforeAll, describe, expect, test } from 'vitest'
import { countEvents } from '../../functions/closing/counters.ts'
import type { EventRow } from '../../functions/contract/rows.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { VALUES_SK, valuesPk } from '../../functions/contract/values.ts'
import { loadFolded } from '../../functions/features/near-line.ts'
import { seriesOf } from '../../functions/features/series.ts'
import { meanOf, type SumState } from '../../functions/features/states/sum.ts'
import { openEntity } from '../../functions/reader/entity-values.ts'
import { publishedBy } from '../../functions/registry/timetable.ts'
import { DAY0_MS } from '../make/events.ts'
import { atHour, findNamed, hourRows, openScreenedWorld, scene } from './screened-world.ts'

const seriesWith = (state: string) => seriesOf(scene.features).find((one) => one.state === state)!
const [CLICKS, SPENT] = [seriesWith('count'), seriesWith('sum')]
const [MIDDLE, USERS] = [seriesWith('quantiles'), seriesWith('distinct')]
const HOURS = 30
const rowsUntil = (hour: number): EventRow[] =>
  Array.from({ length: hour }, (_, h) => hourRows(h)).flat()
const isHonest = ({ user }: EventRow): boolean => user !== 'cheat'
const countsOf = (rows: readonly EventRow[]): Map<string, number> =>
  new Map(
    countEvents(rows).map(({ kind, id, event, hourMs, count }) => [
      `${kind} ${id} ${event} ${(hourMs - DAY0_MS) / HOUR_MS}`,
      count,
    ]),
  )

/** Three days of hourly runs, up to the one at `through`. The cheat acts in all of them. */
async function runThrough(through: number) {
  const world = openScreenedWorld([findNamed('cheat')])
  for (let hour = 0; hour < HOURS; hour++) world.land(hour, hourRows(hour))
  const made = []
  for (let hour = 2; hour <= through; hour++) made.push(await world.run(hour))
  return { world, made: made.filter((one) => one !== null) }
}

describe('The corrections of a late verdict', () => {
  let run: Awaited<ReturnType<typeof runThrough>>
  beforeAll(async () => {
    run = await runThrough(25)
  })

  test('The closing of a day screens it, and no other one does', () => {
    expect(run.made).toHaveLength(1)
    const [{ manifest, corrected }] = run.made as [(typeof run.made)[number]]
    expect(manifest.screenedThroughMs).toBe(DAY0_MS + DAY_MS)
    expect(manifest.madeMs).toBe(publishedBy(scene, DAY0_MS + DAY_MS))
    expect(corrected).toEqual({ removed: 24 * 5, restored: 0 })
  })

  test('All counts together are those of honest events, and none is negative', async () => {
    expect(await run.world.counts()).toEqual(countsOf(rowsUntil(24).filter(isHonest)))
  })

  test('Counts before the verdict are unchanged, and clean from its closing on', async () => {
    const timeline = await run.world.timeline()
    const publishedMs = publishedBy(scene, DAY0_MS + DAY_MS)
    const clicks = (timeMs: number) => timeline.count('item', 'i1', 'click', timeMs, 72, false)
    expect(clicks(publishedMs - 1)).toBe(23 * 6)
    expect(clicks(publishedMs)).toBe(24 * 2)
    expect(timeline.count('user', 'cheat', 'impression', publishedMs, 72, false)).toBe(0)
  })

  test('Corrections clean sums and quantiles, and different values stay until they leave', async () => {
    const timeline = await run.world.timeline()
    const publishedMs = publishedBy(scene, DAY0_MS + DAY_MS)
    const at = (timeMs: number) =>
      [SPENT, MIDDLE, USERS].map((series) => timeline.stateOf(series, 'i1', timeMs, 72, false))
    const [before, , usersBefore] = at(publishedMs - 1)
    expect(meanOf(before as SumState)).toBeCloseTo((4 * 50 + 2 * 2) / 6)
    const [after, middle, usersAfter] = at(publishedMs)
    expect(after).toEqual({ count: 48, sum: 96_000_000n })
    expect(middle).toHaveLength(1)
    expect(usersBefore).toHaveLength(3)
    expect(usersAfter).toHaveLength(3)
  })

  test('The online row has the values of samples', async () => {
    const { online } = run.world
    const row = await online.get(valuesPk('feed', 'item', 'i1'), VALUES_SK)
    const folded = await loadFolded(online, 'feed')
    const values = openEntity(row!, folded, (fault) => {
      throw fault
    })
    const timeline = await run.world.timeline()
    const timeMs = atHour(25)
    for (const series of [CLICKS, SPENT, MIDDLE, USERS])
      expect(values.stateOf(series, timeMs, 72, false), series.state).toEqual(
        timeline.stateOf(series, 'i1', timeMs, 72, false),
      )
    const cheat = await online.get(valuesPk('feed', 'user', 'cheat'), VALUES_SK)
    expect(cheat).toBeNull()
  })
})

test('A cleared verdict restores its events, and a new verdict removes them', async () => {
  const { world } = await runThrough(25)
  const clear = {
    ...({ kind: 'clear', subject: 'user', id: 'cheat', reason: 'a test account' } as const),
    ...{ fromMs: 0, throughMs: DAY0_MS + 90 * DAY_MS, saidMs: atHour(30), untilMs: atHour(60) },
  }
  world.statements.push(clear)
  let made = null
  for (let hour = 26; hour <= 49; hour++) made = (await world.run(hour)) ?? made
  expect(made!.corrected).toEqual({ removed: 0, restored: 24 * 5 })
  expect(await world.counts()).toEqual(countsOf(rowsUntil(HOURS)))
  for (let hour = 50; hour <= 73; hour++) made = (await world.run(hour)) ?? made
  // The hours before the longest window, which ends with this closing, are not corrected any more.
  expect(made!.corrected).toEqual({ removed: HOURS * 5, restored: 0 })
  expect(await world.counts()).toEqual(countsOf(rowsUntil(HOURS).filter(isHonest)))
})
