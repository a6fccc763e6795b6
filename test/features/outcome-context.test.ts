import { expect, test } from 'vitest'
import { VALUE_SEPARATOR } from '../../functions/contract/rows.ts'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { VALUES_SK, valuesPk } from '../../functions/contract/values.ts'
import { loadFolded } from '../../functions/features/near-line.ts'
import { seriesOf } from '../../functions/features/series.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'
import { arrivalMs, openOnlineWorld } from './online-world.ts'
import { rowValue } from './row-value.ts'

const PAIR = 'context.query+item'
const counted = { entity: PAIR, kind: 'count', windowHours: 24 } as const
const scene = makeScene({
  features: [
    { ...counted, name: 'shown', event: 'impression' },
    { ...counted, name: 'clicked', event: 'click' },
  ],
})
const seriesFor = (event: string) =>
  seriesOf(scene.features.filter((feature) => 'event' in feature && feature.event === event))[0]!

let people = 0
/** Each event is another person's: no rule of closings finds a pattern. */
const about = () => ({ timeMs: arrivalMs - 90 * MINUTE_MS, arrivalMs, user: `u${people++}` })
const asked = (query?: string) => (query === undefined ? null : JSON.stringify({ query }))
const shown = (item: string, query: string) =>
  makeImpression({ ...about(), item, context: asked(query) })
const clicked = (item: string, query?: string) =>
  makeOutcome({ ...about(), item, context: asked(query) })

test('Clicks count for the pair of their own query and item', async () => {
  const world = openOnlineWorld(scene)
  const twice = clicked('i1', 'red')
  world.land(1, [
    ...[shown('i1', 'red'), shown('i1', 'red'), shown('i1', 'blue'), shown('i2', 'red')],
    ...[twice, { ...twice, row: 99 }, clicked('i1', 'red'), clicked('i2', 'red')],
    // Only what the click says counts, and this one says nothing.
    clicked('i1'),
    // Another text is another query.
    clicked('i1', 'Red'),
  ])
  await world.write(1)
  const valuesAt = async (hour: number) => {
    const folded = (await loadFolded(world.online, 'feed'))!
    const values: Record<string, number[]> = {}
    for (const [query, item] of [
      ...[['red', 'i1'] as const, ['blue', 'i1'] as const],
      ...[['Red', 'i1'] as const, ['red', 'i2'] as const],
    ]) {
      const pk = valuesPk('feed', PAIR, `${query}${VALUE_SEPARATOR}${item}`)
      const row = (await world.online.get(pk, VALUES_SK))!
      values[`${query} ${item}`] = ['impression', 'click'].map((event) =>
        rowValue(row, folded, seriesFor(event), DAY0_MS + hour * HOUR_MS, 24),
      )
    }
    return values
  }
  const kept = { 'red i1': [2, 2], 'blue i1': [1, 0], 'Red i1': [0, 1], 'red i2': [1, 1] }
  // The hour is still open: both copies count.
  await world.fold(2)
  expect(await valuesAt(3)).toEqual({ ...kept, 'red i1': [2, 3] })
  await world.fold(4)
  expect(await valuesAt(4)).toEqual(kept)
})
