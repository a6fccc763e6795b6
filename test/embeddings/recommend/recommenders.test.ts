import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alsMethod } from '../../../functions/embeddings/recommend/als.ts'
import { easeMethod, similarByEase } from '../../../functions/embeddings/recommend/ease.ts'
import type {
  Interactions,
  Method,
  Settings,
} from '../../../functions/embeddings/recommend/interactions.ts'
import { itemKnnMethod, similarByUsers } from '../../../functions/embeddings/recommend/item-knn.ts'
import { popularityMethod } from '../../../functions/embeddings/recommend/popularity.ts'
import { invertByElimination } from '../../math/gauss-jordan.ts'
import { type Act, actsOf } from '../graph/interactions.ts'
import { drawActs, shuffle } from './taste-world.ts'

const small = fc
  .array(fc.tuple(fc.nat(4), fc.nat(7)), { minLength: 1, maxLength: 40 })
  .map((pairs) => pairs.map(([user, item], minute): Act => [`u${user}`, `i${item}`, minute]))

const scoresOf = (method: Method, interactions: Interactions, settings: Settings): number[][] => {
  const recommender = method.prepare(interactions)(settings)
  return interactions.users.map((_, user) => {
    const scores = new Float64Array(interactions.items.length)
    recommender.scoreFor(user, scores)
    return Array.from(scores)
  })
}
/** The users of each item. */
const usersByItem = ({ items, users, offsets, targets }: Interactions): Set<number>[] =>
  items.map(
    (_, item) =>
      new Set(
        users.flatMap((__, user) =>
          targets.subarray(offsets[user], offsets[user + 1]).includes(item) ? [user] : [],
        ),
      ),
  )
const shared = (a: Set<number>, b: Set<number>): number =>
  [...a].filter((user) => b.has(user)).length
const expectClose = (found: readonly number[], expected: readonly number[]): void =>
  expected.forEach((value, i) => {
    if (Number.isFinite(value)) expect(found[i]).toBeCloseTo(value, 9)
    else expect(found[i]).toBe(value)
  })

test('Popularity counts each user of an item once', () => {
  const acts: Act[] = [
    ['u', 'a', 0],
    ['u', 'a', 1],
    ['u', 'b', 2],
    ['v', 'b', 3],
  ]
  expect(scoresOf(popularityMethod, actsOf(acts, Number.POSITIVE_INFINITY), {})).toEqual([
    [1, 2],
    [1, 2],
  ])
})

test('A million events of one user count as one user', () => {
  const acts: Act[] = [
    ['v', 'b', 0],
    ['w', 'b', 1],
    ['v', 'a', 2],
    ['w', 'c', 3],
  ]
  const one = actsOf([...acts, ['u', 'a', 9], ['u', 'b', 10]])
  const events = 1_000_000
  const repeated = <A extends Uint32Array | Float32Array | Float64Array>(column: A): A => {
    const long = new (column.constructor as new (n: number) => A)(events + column.length - 1)
    long.fill(column[0]!, 0, events)
    long.set(column.subarray(1) as never, events)
    return long
  }
  const many: Interactions = {
    ...{ users: one.users, items: one.items },
    offsets: one.offsets.map((offset) => (offset === 0 ? 0 : offset + events - 1)),
    targets: repeated(one.targets),
    weights: repeated(one.weights),
    timesMs: repeated(one.timesMs),
  }
  for (const method of [popularityMethod, itemKnnMethod(), easeMethod(), alsMethod()])
    expect(scoresOf(method, many, method.grid[0]!)).toEqual(scoresOf(method, one, method.grid[0]!))
})

describe('Item-kNN', () => {
  test('Item-kNN equals brute force over all pairs of items', () => {
    fc.assert(
      fc.property(
        small,
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(0, 2),
        (acts, k, shrinkage) => {
          const interactions = actsOf(acts)
          const users = usersByItem(interactions)
          const cosine = (a: number, b: number): number =>
            shared(users[a]!, users[b]!) / (Math.sqrt(users[a]!.size * users[b]!.size) + shrinkage)
          const expected = interactions.users.map((_, user) =>
            users.map((__, item) => {
              const near = users
                .map((___, other) => other)
                .filter((other) => other !== item && shared(users[item]!, users[other]!) > 0)
                .sort((a, b) => cosine(item, b) - cosine(item, a) || a - b)
                .slice(0, k)
                .filter((other) => users[other]!.has(user))
              return near.length === 0
                ? Number.NEGATIVE_INFINITY
                : near.reduce((sum, other) => sum + cosine(item, other), 0)
            }),
          )
          const found = scoresOf(itemKnnMethod(), interactions, { neighbours: k, shrinkage })
          expected.forEach((row, user) => {
            expectClose(found[user]!, row)
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  test('Items like an item are those that share its users', () => {
    const interactions = actsOf([
      ['u', 'a', 0],
      ['u', 'b', 1],
      ['v', 'b', 2],
      ['v', 'c', 3],
      ['w', 'd', 4],
    ])
    const scores = new Float64Array(4)
    similarByUsers(interactions, 10).scoreFor(1, scores)
    const half = Math.SQRT1_2
    expectClose(Array.from(scores), [half, -Infinity, half, -Infinity])
  })

  test('Newer items of a history count more with a half-life', () => {
    const interactions = actsOf([
      ...(['a', 'x', 'b', 'y'] as const).map((item, i): Act => [i < 2 ? 'p' : 'q', item, i]),
      ['u', 'a', 10],
      ['u', 'b', 11],
    ])
    const [, , scores] = scoresOf(itemKnnMethod(), interactions, { halfLifeItems: 1 })
    // Items are a, b, x, y. b is the newest: it counts 1, and a one half.
    expect(scores![3]).toBeCloseTo(2 * scores![2]!, 12)
  })
})

describe('EASE', () => {
  test('EASE scores equal the closed form on binary histories', () => {
    fc.assert(
      fc.property(small, fc.constantFrom(1, 20), (acts, l2) => {
        const interactions = actsOf(acts)
        const users = usersByItem(interactions)
        const inverse = invertByElimination(
          users.map((a, i) => users.map((b, j) => shared(a, b) + (i === j ? l2 : 0))),
        )
        const found = scoresOf(easeMethod(), interactions, { l2 })
        interactions.users.forEach((_, user) => {
          const expected = users.map((__, j) =>
            users.reduce(
              (sum, known, i) =>
                sum + (i !== j && known.has(user) ? -inverse[i]![j]! / inverse[j]![j]! : 0),
              0,
            ),
          )
          expectClose(found[user]!, expected)
        })
      }),
      { numRuns: 40 },
    )
  })

  test('EASE leaves the items with the fewest users without a score', () => {
    const acts: Act[] = [
      ['u', 'a', 0],
      ['v', 'a', 1],
      ['u', 'b', 2],
      ['v', 'b', 3],
      ['u', 'c', 4],
      ['w', 'c', 5],
    ]
    const interactions = actsOf([...acts, ['w', 'd', 6]])
    const [, , scores] = scoresOf(easeMethod([{ l2: 1 }], 3), interactions, { l2: 1 })
    expect(scores![3]).toBe(Number.NEGATIVE_INFINITY)
    expect(scores!.slice(0, 3).every(Number.isFinite)).toBe(true)
    const like = new Float64Array(4)
    similarByEase(interactions, 1, 3).scoreFor(3, like)
    expect(Array.from(like)).toEqual(Array(4).fill(Number.NEGATIVE_INFINITY))
  })
})

describe('All recommenders', () => {
  const methods = [popularityMethod, itemKnnMethod(), easeMethod(), alsMethod()]
  const acts = drawActs({ users: 40, items: 20, seed: 4 })

  test.each(methods.map((method) => [method.name, method] as const))(
    'The order of the log does not change %s',
    (_name, method) => {
      const settings = method.grid.at(-1)!
      expect(scoresOf(method, actsOf(shuffle(acts, 1)), settings)).toEqual(
        scoresOf(method, actsOf(acts), settings),
      )
    },
  )

  test.each([
    ['item-knn', itemKnnMethod(), { neighbours: 40 }],
    ['ease', easeMethod(), { l2: 20 }],
  ])('Other names of users and items give the same scores of %s', (_name, method, settings) => {
    const turn = (name: string): string => `${name[0]}${999 - Number(name.slice(1))}`
    const renamed = acts.map(([user, item, at]): Act => [turn(user), turn(item), at])
    const found = scoresOf(method, actsOf(renamed), settings)
    for (const [user, scores] of scoresOf(method, actsOf(acts), settings).entries())
      expectClose(found.at(-1 - user)!, scores.toReversed())
  })

  test.each(methods.map((method) => [method.name, method] as const))(
    'One user with one item is no fault for %s',
    (_name, method) => {
      const [scores] = scoresOf(method, actsOf([['u', 'a', 0]]), method.grid[0]!)
      expect(scores!.some(Number.isNaN)).toBe(false)
      expect(scoresOf(method, actsOf([]), method.grid[0]!)).toEqual([])
    },
  )
})
