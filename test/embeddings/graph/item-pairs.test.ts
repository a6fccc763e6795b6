import { describe, expect, test } from 'vitest'
import { significantPairs } from '../../../functions/embeddings/graph/item-pairs.ts'
import { sessionSlots } from '../../../functions/embeddings/graph/session-slots.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import { type Act, actsOf } from './interactions.ts'

const SESSION_MINUTES = 30
const DAY = 1440

/** Pairs of slots as names: the user's items that are joined. */
function joined(acts: readonly Act[], maxPairs?: number): string[] {
  const interactions = actsOf(acts)
  const { first, second, items } = sessionSlots(interactions, SESSION_MINUTES, 1, maxPairs)
  const nameOf = (slot: number): string => interactions.items[items[slot]!]!
  return [...first].map((slot, p) => [nameOf(slot), nameOf(second[p]!)].sort().join(' ')).sort()
}

describe('items of a session', () => {
  test('Items within the time of a session are joined once a user', () => {
    expect(
      joined([
        ...([
          ['u', 'a', 0],
          ['u', 'b', 20],
          ['u', 'c', 45],
          ['u', 'a', 60],
        ] as const),
        ...([
          ['v', 'a', 0],
          ['v', 'b', 31],
          ['w', 'b', 5],
        ] as const),
      ]),
    ).toEqual(['a b', 'a c', 'b c'])
  })

  test('An item is not joined with itself', () => {
    expect(
      joined([
        ['u', 'a', 0],
        ['u', 'a', 1],
      ]),
    ).toEqual([])
  })

  test('A user with very many events counts by the newest thousand', () => {
    const acts = Array.from({ length: 3000 }, (_, n): Act => ['u', `i${n}`, n])
    const pairs = joined(acts)
    expect(pairs).toHaveLength(980 * 20 + 190)
    expect(pairs.some((pair) => pair.startsWith('i1999 '))).toBe(false)
  })

  test('Too many pairs are cut to a sample of users', () => {
    const acts = Array.from({ length: 400 }, (_, n): Act => [`u${n >> 1}`, `i${n}`, n & 1])
    const interactions = actsOf(acts)
    const slots = sessionSlots(interactions, SESSION_MINUTES, 1, 50)
    expect([slots.first.length, slots.usersShare]).toEqual([50, 0.25])
  })
})

/**
 * Users without taste: they draw items by popularity, some users very many of them. Sessions are of up to six items.
 */
function tasteless(users: number, items: number, seed: number): Act[] {
  const draw = seededUniform(seed)
  return Array.from({ length: users }).flatMap((_, user) => {
    const own = new Set<number>()
    const wanted = Math.min(items / 2, Math.ceil(2 / (1 - draw()) ** 0.8))
    while (own.size < wanted) own.add(Math.floor(items * draw() ** 3))
    return [...own].map(
      (item, n): Act => [`u${user}`, `i${item}`, Math.floor(n / 6) * DAY + (n % 6)],
    )
  })
}
/** Pairs of items that are liked together: as many sessions as a quarter of the users have both of one pair in a session. */
function planted(
  acts: readonly Act[],
  users: number,
  seed: number,
): { acts: Act[]; pairs: Set<string> } {
  const draw = seededUniform(seed)
  const pairs = new Set<string>()
  const more = Array.from({ length: users / 4 }).flatMap((): Act[] => {
    const user = `u${Math.floor(users * draw())}`
    const pair = Math.floor(10 * draw())
    const [a, b] = [`i${40 + pair}`, `i${100 + pair}`]
    pairs.add([a, b].sort().join(' '))
    return [
      [user, a, 100 * DAY],
      [user, b, 100 * DAY + 1],
    ]
  })
  return { acts: [...acts, ...more], pairs }
}

function found(acts: readonly Act[], seed = 5): { kept: Set<string>; seen: number } {
  const interactions = actsOf(acts)
  const slots = sessionSlots(interactions, SESSION_MINUTES, seed)
  const { a, b, seen } = significantPairs(slots, interactions.items.length, seed)
  const names = [...a].map((item, n) =>
    [item, b[n]!]
      .map((one) => interactions.items[one]!)
      .sort()
      .join(' '),
  )
  return { kept: new Set(names), seen }
}

/** Pairs that χ² of the two-by-two table of users calls significant at .05, after Benjamini and Hochberg. */
function chiSquared(acts: readonly Act[]): number {
  const usersOf = new Map<string, Set<string>>()
  for (const [user, item] of acts) usersOf.set(item, (usersOf.get(item) ?? new Set()).add(user))
  const users = new Set(acts.map(([user]) => user)).size
  const items = [...usersOf.keys()]
  const chances: number[] = []
  for (const [n, a] of items.entries())
    for (const b of items.slice(n + 1)) {
      const [ofA, ofB] = [usersOf.get(a)!, usersOf.get(b)!]
      const both = [...ofA].filter((user) => ofB.has(user)).length
      if (both < 2 || both * users <= ofA.size * ofB.size) continue
      const rest = [ofA.size, users - ofA.size, ofB.size, users - ofB.size]
      const chi2 =
        (users * (users * both - ofA.size * ofB.size) ** 2) / rest.reduce((x, y) => x * y)
      // The chance of |z| above √χ² (Abramowitz and Stegun 7.1.28).
      const x = Math.sqrt(chi2 / 2)
      const poly =
        1 + x * (0.0705230784 + x * (0.0422820123 + x * (0.0092705272 + x * 0.0001520143)))
      chances.push(poly ** -16)
    }
  const tests = (items.length * (items.length - 1)) / 2
  return chances.sort((a, b) => a - b).findLastIndex((p, n) => p <= (0.05 * (n + 1)) / tests) + 1
}

describe('pairs of items that chance does not explain', () => {
  const users = 400
  const acts = tasteless(users, 120, 3)

  test('Users without taste leave almost no pair, unlike with chi-squared', () => {
    const { kept, seen } = found(acts)
    expect(seen).toBeGreaterThan(1000)
    expect(kept.size).toBeLessThan(0.002 * seen)
    expect(chiSquared(acts)).toBeGreaterThan(20 * Math.max(1, kept.size))
  })

  test('Planted pairs are found, and few others', () => {
    const world = planted(acts, users, 4)
    const { kept } = found(world.acts)
    const right = [...kept].filter((pair) => world.pairs.has(pair)).length
    expect(right).toBeGreaterThanOrEqual(world.pairs.size - 1)
    expect(kept.size - right).toBeLessThanOrEqual(3)
  })

  test('The same log gives the same pairs in any order of users', () => {
    const world = planted(acts, users, 4)
    const turned = [...Map.groupBy(world.acts, ([user]) => user).values()].reverse().flat()
    expect(found(turned)).toEqual(found(world.acts))
  })

  test('A log without sessions has no pairs', () => {
    expect(found([])).toEqual({ kept: new Set(), seen: 0 })
    expect(found([['u', 'a', 0]])).toEqual({ kept: new Set(), seen: 0 })
  })

  test('A pair of a single user is never kept', () => {
    const single = Array.from({ length: 40 }, (_, n): Act => [`u${n >> 1}`, `i${n}`, n & 1])
    expect(found(single).kept.size).toBe(0)
  })
})
