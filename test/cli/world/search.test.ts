import { describe, expect, test } from 'vitest'
import { readShippedScene } from '../../../cdk/cli/scenes.ts'
import { readWorld } from '../../../cdk/cli/start/options.ts'
import { firstItems } from '../../../cdk/cli/world/catalogue.ts'
import type { Item } from '../../../cdk/cli/world/item.ts'
import { WORLD_DEFAULTS, type WorldOptions } from '../../../cdk/cli/world/options.ts'
import { createQueries, type Query } from '../../../cdk/cli/world/search/queries.ts'
import { gradeOf } from '../../../cdk/cli/world/search/relevance.ts'
import { DEPARTMENTS } from '../../../cdk/cli/world/search/vocabulary.ts'
import { createWorld } from '../../../cdk/cli/world/world.ts'
import { type Event, entitySchema } from '../../../functions/contract/events.ts'
import { DAY_MS } from '../../../functions/contract/time.ts'
import { eventsOf, linesOf } from './read-drops.ts'

const small: WorldOptions = {
  ...{ ...WORLD_DEFAULTS, scene: 'search', surface: 'search' },
  ...{ days: 3, users: 400, items: 200 },
}
const clean: WorldOptions = { ...small, dirt: 0, cheats: 0 }
const world = createWorld(clean)
const events = eventsOf(world)
const queries = createQueries(clean)
const wordsOf = ({ attributes }: Item): string[] =>
  `${attributes['title']} ${attributes['description']}`.toLowerCase().match(/[a-z-]+/g)!

type Impression = Extract<Event, { type: 'impression' }>
/** In order of their places: a log has them in any order. */
const impressions = events
  .filter((event): event is Impression => event.type === 'impression')
  .sort((a, b) => a.position! - b.position!)
const clicks = new Set(
  events.flatMap((event) =>
    event.type === 'outcome' && event.outcome === 'click' ? [event.eventId!.slice(0, -2)] : [],
  ),
)
const clickRate = (shown: readonly Impression[]): number =>
  shown.filter(({ eventId }) => clicks.has(eventId!)).length / shown.length

/** All products that the world has by its end. */
const products = firstItems({ ...clean, items: clean.items + 2 * clean.newItemsPerDay })
const byId = new Map(products.map((item) => [item.id, item]))
const intents = new Map(queries.map(({ text, intent }) => [text, intent]))
/** Each impression with the known grade of its item. */
const graded = impressions.map((shown) => ({
  shown,
  grade: gradeOf(intents.get(String(shown.context!['query']))!, byId.get(shown.itemId)!),
}))

describe('The world of search', () => {
  test('One seed gives the same bytes, and another seed gives others', () => {
    const linesOfSeed = (seed: number) =>
      linesOf(createWorld({ ...small, days: 1, users: 100, seed }), 'events')
    expect(linesOfSeed(1)).toEqual(linesOfSeed(1))
    expect(linesOfSeed(2)).not.toEqual(linesOfSeed(1))
  })

  test('Each impression has its query, and a request has one', () => {
    const byRequest = Map.groupBy(impressions, ({ requestId }) => requestId)
    expect(byRequest.size).toBeGreaterThan(500)
    for (const shown of byRequest.values()) {
      const texts = new Set(shown.map(({ context }) => context!['query']))
      expect(texts.size).toBe(1)
      expect(queries.some(({ text }) => texts.has(text))).toBe(true)
      expect(shown.map(({ position }) => position)).toEqual(shown.map((_, i) => i + 1))
    }
  })

  test('A click repeats the query of its impression', () => {
    const queryOf = new Map(impressions.map(({ eventId, context }) => [eventId, context!['query']]))
    const outcomes = events.filter(({ type }) => type === 'outcome')
    const clicked = outcomes.filter(
      (event) => event.type === 'outcome' && event.outcome === 'click',
    )
    expect(clicked.length).toBeGreaterThan(500)
    for (const { eventId, context } of clicked)
      expect(context).toEqual({ query: queryOf.get(eventId!.slice(0, -2)) })
  })

  test('A cheat searches too', () => {
    const cheats = eventsOf(createWorld({ ...small, dirt: 0 })).filter(({ userId }) =>
      userId.startsWith('x-'),
    )
    const queries = new Map<string, Set<unknown>>()
    for (const { type, requestId, context } of cheats) {
      expect([type, typeof context!['query']]).toEqual([type, 'string'])
      queries.set(requestId!, (queries.get(requestId!) ?? new Set()).add(context!['query']))
    }
    expect(new Set(cheats.map(({ type }) => type)).size).toBe(2)
    expect(queries.size).toBeGreaterThan(100)
    for (const texts of queries.values()) expect(texts.size).toBe(1)
  })

  test('Products are valid statements with title, description, price and rating', () => {
    for (const line of linesOf(world, 'items')) {
      const { attributes } = entitySchema.parse(JSON.parse(line))
      expect(attributes['title']).toMatch(/^[A-Z][a-z]+ .+/)
      expect(attributes['description']).toMatch(/\.$/)
      expect(attributes['price']).toBeGreaterThan(0)
      expect(attributes['rating']).toBeGreaterThanOrEqual(1)
      expect(attributes['rating']).toBeLessThanOrEqual(5)
    }
  })

  test('The scene of search reads what products have', () => {
    const scene = readShippedScene('search')
    const { search, features } = scene
    const has = Object.keys(products[0]!.attributes)
    const read = [
      ...[...search!.filters, ...search!.numbers],
      ...Object.values(search!.fields).map(({ from }) => from.replace('attributes.', '')),
      ...[...JSON.stringify(features).matchAll(/"item\.(?!id)(\w+)"/g)].map(([, name]) => name!),
    ]
    expect(read.filter((name) => !has.includes(name))).toEqual([])
    const pairs = DEPARTMENTS.flatMap(({ types }) => types.map(({ word, other }) => [word, other]))
    for (const pair of search!.synonyms) expect(pairs).toContainEqual(pair)
    expect(search!.synonyms.length).toBeLessThan(pairs.length)
    expect(readWorld({}, scene).surface).toBe('search')
    expect(readWorld({}, readShippedScene('feed')).surface).toBe('feed')
  })

  test('Some queries are misspelled, and some mean nothing that is sold', () => {
    const vocabulary = new Set(products.flatMap(wordsOf))
    const known = new Set([
      ...vocabulary,
      ...queries.slice(0, 200).flatMap(({ text }) => text.split(' ')),
    ])
    const weightOf = (isWanted: (query: (typeof queries)[number]) => boolean): number =>
      queries.filter(isWanted).reduce((sum, { weight }) => sum + weight, 0)
    const isMisspelled = (text: string): boolean => text.split(' ').some((word) => !known.has(word))
    expect(weightOf(({ intent }) => intent === null)).toBeCloseTo(0.04, 2)
    expect(weightOf(({ intent, text }) => intent !== null && isMisspelled(text))).toBeCloseTo(
      0.06,
      1,
    )
    expect(weightOf(() => true)).toBeCloseTo(1, 12)
    for (const { text } of queries.filter(({ intent }) => intent === null))
      expect(text.split(' ').filter((word) => vocabulary.has(word))).toEqual([])
  })

  test('Relevance is what the words and the category of an item say', () => {
    const words = new Map(products.map((item) => [item, new Set(wordsOf(item))]))
    const gradeByWords = (intent: NonNullable<Query['intent']>, item: Item): number => {
      if (DEPARTMENTS[intent.department]!.name !== item.attributes['category']) return 0
      const { word, other } = DEPARTMENTS[intent.department]!.types.find(
        (type) => type.word === intent.type,
      )!
      const named = String(item.attributes['description']).split(',')[0]!.split(' ').at(-1)!
      if (![word, other].includes(named)) return 1
      return intent.traits.every((trait) => words.get(item)!.has(trait)) ? 3 : 2
    }
    const seen = [0, 0, 0, 0]
    for (const { intent } of queries.slice(0, 300))
      for (const item of products) {
        const grade = gradeOf(intent, item)
        seen[grade]!++
        if (grade !== (intent === null ? 0 : gradeByWords(intent, item)))
          expect.fail(`${JSON.stringify(intent)} has grade ${grade} for ${item.id}`)
      }
    expect(Math.min(...seen)).toBeGreaterThan(100)
  })

  test('More relevant results get more clicks in the same places', () => {
    const byGrade = [0, 1, 2, 3].map((grade) =>
      clickRate(graded.filter((one) => one.grade === grade).map(({ shown }) => shown)),
    )
    for (const grade of [1, 2, 3])
      expect(byGrade[grade]!).toBeGreaterThan(1.5 * byGrade[grade - 1]!)
  })

  test('Results of one grade get fewer clicks in lower places', () => {
    const inPlaces = (from: number, through: number): number =>
      clickRate(
        graded
          .filter(({ grade }) => grade === 3)
          .map(({ shown }) => shown)
          .filter(({ position }) => position! >= from && position! <= through),
      )
    const [first, middle, last] = [inPlaces(1, 1), inPlaces(3, 5), inPlaces(8, 10)]
    // Places are looked at with a chance of position^-0.6: 1, 0.44 and 0.27 on average.
    expect(middle / first).toBeGreaterThan(0.34)
    expect(middle / first).toBeLessThan(0.54)
    expect(last / first).toBeGreaterThan(0.17)
    expect(last / first).toBeLessThan(0.37)
  })

  test('The known searches of a day begin with what its impressions showed', () => {
    const fromMs = clean.startMs + 2 * DAY_MS
    const searches = world.searches(fromMs)
    const shown = Map.groupBy(
      impressions.filter(({ timeMs }) => timeMs >= fromMs),
      ({ userId, timeMs }) => `${userId} ${timeMs}`,
    )
    const known = searches.filter(({ userId, timeMs }) => shown.has(`${userId} ${timeMs}`))
    expect(known.length).toBe(shown.size)
    for (const { userId, timeMs, results, context } of known) {
      const page = shown.get(`${userId} ${timeMs}`)!
      expect(page.map(({ itemId }) => itemId)).toEqual(
        results.slice(0, 10).map(({ itemId }) => itemId),
      )
      expect(page[0]!.context).toEqual(context)
    }
    const times = searches.map(({ timeMs }) => timeMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  test('The app ranks relevant results higher, and leaves much to learn', () => {
    const places = world
      .searches(clean.startMs)
      .flatMap(({ results }) => results.map(({ grade }, place) => ({ grade, place })))
    const mean = (grade: number): number => {
      const own = places.filter((one) => one.grade === grade)
      return own.reduce((sum, { place }) => sum + place, 0) / own.length
    }
    expect(mean(3)).toBeLessThan(mean(0) - 3)
    expect(mean(3)).toBeGreaterThan(4)
  })

  test('Judgements list the relevant items of a query, a feed none', () => {
    const judgements = [...world.judgements()]
    const [first] = queries
    expect(
      judgements.filter(({ query }) => query === first!.text).map(({ itemId }) => itemId),
    ).toEqual(
      products.filter((item) => item.category === first!.intent!.department).map(({ id }) => id),
    )
    const feed = createWorld({ ...clean, surface: 'feed' })
    expect([...feed.judgements()]).toEqual([])
    expect(feed.searches(clean.startMs)).toEqual([])
  })
})
