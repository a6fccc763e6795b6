import { describe, expect, test } from 'vitest'
import { newItems } from '../../../functions/embeddings/lists/new-items.ts'
import { popularLists } from '../../../functions/embeddings/lists/popular.ts'
import { risingItems } from '../../../functions/embeddings/lists/rising.ts'
import { popularRowSk } from '../../../functions/embeddings/lists/rows.ts'
import { DAY0_MS } from '../../make/events.ts'
import { type Act, actsOf, THROUGH_MS } from '../graph/interactions.ts'

const [HOUR, DAY] = [60, 1440]
const shape = { size: 10, categories: null, maxCategoryShare: 1 }
const FOREVER = Number.POSITIVE_INFINITY
/** `count` users act on an item, each once. */
const crowd = (count: number, item: string, minute: number, name = 'u'): Act[] =>
  Array.from(
    { length: count },
    (_, i): Act => [`${name}${String(i).padStart(4, '0')}`, item, minute],
  )

describe('Popular items', () => {
  const acts = [
    ...crowd(100, 'a', 9 * HOUR),
    ...crowd(60, 'b', 9 * HOUR, 'v'),
    ...crowd(90, 'b', 20 * HOUR, 'w'),
  ]
  const interactions = actsOf(acts, FOREVER)
  const segments = interactions.users.map((user) => (user.startsWith('u') ? 'left' : null))
  const lists = [...popularLists(interactions, segments, shape)]
  const find = (segment: string | null, hour: number | null) =>
    lists.find((list) => list.segment === segment && list.hour === hour)!.list

  test('Popular items differ by segment and hour of the day', () => {
    expect(lists.map(popularRowSk)).toEqual([
      ...['POPULAR#*#*', 'POPULAR#09#*', 'POPULAR#20#*', 'POPULAR#*#left', 'POPULAR#09#left'],
    ])
    expect(find(null, null).items).toEqual(['b', 'a'])
    expect(find(null, 9).items).toEqual(['a', 'b'])
    expect(find(null, 20).items).toEqual(['b', 'a'])
    expect(find('left', null).items).toEqual(['a', 'b'])
  })

  test('A share is smoothed by that of the list behind it', () => {
    const [a, all] = [0.4, 250]
    expect(find(null, null).scores[1]).toBeCloseTo(100 / all, 6)
    expect(find(null, 9).scores[0]).toBeCloseTo((100 + 50 * a) / (160 + 50), 6)
    const left = (100 + 50 * a) / (100 + 50)
    expect(find('left', null).scores[0]).toBeCloseTo(left, 6)
    expect(find('left', 9).scores[0]).toBeCloseTo((100 + 50 * left) / (100 + 50), 6)
  })

  test('An hour with one user keeps the order of the day', () => {
    const quiet = actsOf([...acts, ['x', 'c', 3 * HOUR]], FOREVER)
    const [, night] = popularLists(quiet, [], shape)
    expect([night!.hour, ...night!.list.items]).toEqual([3, 'b', 'a', 'c'])
  })

  test('A user who repeats an event counts once an hour', () => {
    const again = Array.from({ length: 500 }, (_, i): Act => ['v0000', 'b', 9 * HOUR + (i % 60)])
    const repeated = [...popularLists(actsOf([...acts, ...again], FOREVER), segments, shape)]
    expect(repeated).toEqual(lists)
  })

  test('An empty week has one empty list', () => {
    expect([...popularLists(actsOf([]), [], shape)]).toEqual([
      { segment: null, hour: null, list: { items: [], scores: new Float32Array(0) } },
    ])
  })
})

describe('New items', () => {
  /** Days of first events, and impressions: all items have ids a, b, … */
  const exposure = (firstDays: number[], impressions: number[]) => ({
    items: firstDays.map((_, i) => String.fromCharCode(97 + i)),
    impressions: Float64Array.from(impressions),
    firstMs: Float64Array.from(firstDays, (day) => DAY0_MS + day * DAY * 60_000),
  })
  const window = { throughMs: THROUGH_MS, newDays: 3 }

  test('Only items with a young first event are new', () => {
    const acts = [...crowd(9, 'a', 0), ...crowd(2, 'b', 6 * DAY), ...crowd(3, 'c', 6 * DAY)]
    const list = newItems(actsOf(acts), exposure([0, 6, 6], [0, 0, 0]), window, shape)
    expect(list.items).toEqual(['c', 'b'])
  })

  test('Rates count, not numbers, and one lucky impression is no rate', () => {
    // a: 1 of 1. b: 300 of 1,000. c: 200 of 250. d: 0 of 2.
    const acts = [
      ...crowd(1, 'a', 6 * DAY),
      ...crowd(300, 'b', 6 * DAY),
      ...crowd(200, 'c', 6 * DAY),
    ]
    const list = newItems(actsOf(acts), exposure([6, 6, 6, 6], [1, 1000, 250, 2]), window, shape)
    expect(list.items).toEqual(['c', 'a', 'd', 'b'])
    const [shown, chosen] = [1253 / 4, 501 / 1253]
    expect(list.scores[0]).toBeCloseTo((200 + chosen * shown) / (250 + shown), 6)
  })

  test('Without impressions hours since the first event count', () => {
    const acts = [...crowd(20, 'a', 4.5 * DAY), ...crowd(19, 'b', 6.5 * DAY)]
    const list = newItems(actsOf(acts), exposure([4.5, 6.5], [0, 0]), window, shape)
    expect(list.items).toEqual(['b', 'a'])
  })

  test('Without new items the list is empty', () => {
    expect(newItems(actsOf([]), exposure([], []), window, shape).items).toEqual([])
    expect(newItems(actsOf([]), exposure([0], [5]), window, shape).items).toEqual([])
  })
})

describe('Rising items', () => {
  const [before, today] = [3 * DAY, 6.5 * DAY]
  const steady = [...crowd(350, 's', before), ...crowd(50, 's', today, 'n')]
  const rising = (acts: Act[]) => risingItems(actsOf(acts), THROUGH_MS, shape)

  test('Items of a greater share rise, the surest first', () => {
    const list = rising([
      ...steady,
      ...crowd(5, 'few', today),
      ...[...crowd(20, 'many', before), ...crowd(60, 'many', today)],
      ...[...crowd(60, 'falling', before), ...crowd(2, 'falling', today)],
    ])
    expect(list.items).toEqual(['many', 'few'])
    const ratio = 60.5 / 118 / (20.5 / 431)
    const low = ratio / Math.exp(1.959964 * Math.sqrt(1 / 60.5 + 1 / 20.5))
    expect(list.scores[0]).toBeCloseTo(Math.log(low), 5)
  })

  test('A busy day does not make all items rise', () => {
    const day = (factor: number) => [
      ...crowd(70, 'a', before),
      ...crowd(70, 'b', before),
      ...crowd(10 * factor, 'a', today),
      ...crowd(10 * factor, 'b', today),
    ]
    expect(rising(day(9)).items).toEqual([])
  })

  test('An item of one user does not rise, however often', () => {
    const often = Array.from({ length: 99 }, (_, i): Act => ['u', 'x', today + i])
    expect(rising([...steady, ...often]).items).toEqual([])
  })

  test('An empty week has no rising items', () => {
    expect(rising([]).items).toEqual([])
  })
})
