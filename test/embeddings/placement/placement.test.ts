import { expect, test } from 'vitest'
import { learnPlacement } from '../../../functions/embeddings/placement/learn-placement.ts'
import { collectNeighbours } from '../../../functions/embeddings/placement/neighbours.ts'
import {
  judgeNewItems,
  splitNewItems,
} from '../../../functions/embeddings/placement/new-item-trial.ts'
import {
  packPlacement,
  unpackPlacement,
} from '../../../functions/embeddings/placement/pack-models.ts'
import {
  type Placed,
  placeNewcomers,
} from '../../../functions/embeddings/placement/place-newcomers.ts'
import { placeVectors } from '../../../functions/embeddings/placement/place-vectors.ts'
import {
  placementModelOf,
  placementNumbers,
} from '../../../functions/embeddings/placement/placement-model.ts'
import { smoothedOut } from '../../../functions/embeddings/placement/smooth-users.ts'
import type { Act } from '../graph/interactions.ts'
import { shuffle } from '../recommend/taste-world.ts'
import { drawLatentWorld, endless } from './latent-world.ts'

const world = drawLatentWorld(1)
const { space } = world
const models = learnPlacement(space, world.training)
const NONE = new Map<string, Float32Array>()
const place = (acts: readonly Act[], content: ReadonlyMap<string, Float32Array> = NONE): Placed =>
  placeNewcomers(models, { ...space, interactions: endless(acts), content })
const bytesOf = ({ items, users }: Placed) =>
  [items.in, items.out!, users.in].map((matrix) => Buffer.from(matrix.buffer).toString('base64'))
const mean = (values: Iterable<number>): number => {
  const all = [...values]
  return all.reduce((sum, value) => sum + value, 0) / all.length
}

test('Three events and content place an item better than either alone', () => {
  const trial = splitNewItems(endless(world.withheld), 3)
  const none = splitNewItems(endless(world.withheld), 0).known
  const judge = (interactions: typeof none, content: ReadonlyMap<string, Float32Array>): number => {
    const placed = placeNewcomers(models, { ...space, interactions, content })
    return mean(judgeNewItems(trial, space.users, placed.items, space.dimensions).values())
  }
  const [both, events, content] = [
    judge(trial.known, world.content),
    judge(trial.known, NONE),
    judge(none, world.content),
  ]
  expect(events).toBeGreaterThan(0.7)
  expect(content).toBeGreaterThan(0.6)
  expect(both).toBeGreaterThan(Math.max(events, content) + 0.02)
})

test('A placed vector is the mean of the posterior', () => {
  // One dimension: prior N(0.5, 1 / 4), votes of precision 2 and gain 3 around 1; two votes, 2 and 4.
  const model = placementModelOf(new Float32Array(placementNumbers(1)), 1)
  model.numbers.set([0.25, 1, 0, 3, 2, 8, 4])
  const votes = Float32Array.of(2, 4)
  const [plain, both, content] = placeVectors(model, votes, [
    { votes: [0, 1], prediction: null },
    { votes: [0, 1], prediction: Float64Array.of(0.5) },
    { votes: [], prediction: Float64Array.of(0.5) },
  ])
  expect(plain).toBeCloseTo(0.25 + (3 * 4) / (8 + 2 * 2), 6)
  expect(both).toBeCloseTo(0.25 + (4 * 0.25 + 3 * 4) / (4 + 2 * 2), 6)
  expect(content).toBeCloseTo(0.5, 6)
})

const newcomers: Act[] = [
  ...world.withheld.slice(0, 60),
  ['newUser', 'i0003', 9000],
  ['newUser', 'i0005', 9001],
  ['newUser', 'newItem', 9002],
  ['laterUser', 'newItem', 9003],
  ['laterUser', 'laterItem', 9004],
]

test('Placement does not depend on the order of its input', () => {
  const content = new Map([...world.content].reverse())
  expect(bytesOf(place(shuffle(newcomers, 3), content))).toEqual(
    bytesOf(place(newcomers, world.content)),
  )
  expect(learnPlacement(space, world.training)).toEqual(models)
})

test('Newcomers that know only newcomers are placed in a later round', () => {
  const { items, users, unplaced } = place(newcomers)
  expect(items.ids).toEqual(expect.arrayContaining(['laterItem', 'newItem']))
  expect(users.ids).toEqual(['laterUser', 'newUser'])
  expect(unplaced).toEqual({ items: [], users: [] })
  expect(items.in.every(Number.isFinite)).toBe(true)
  expect(users.degree).toEqual(Float64Array.of(2, 3))
})

test('An item without events and without text is not placed', () => {
  const alone: Act[] = [
    ['stranger', 'island', 1],
    ['u0001', 'known', 2],
  ]
  const { items, users, unplaced } = place(alone)
  expect(items.ids).toEqual(['known'])
  expect(users.ids).toEqual([])
  expect(unplaced).toEqual({ items: ['island'], users: ['stranger'] })
})

test('An item with content alone is placed with a degree of zero', () => {
  const [[id, vector]] = [...world.content] as [[string, Float32Array]]
  const { items } = place([], new Map([[id, vector]]))
  expect(items.ids).toEqual([id])
  expect(items.degree).toEqual(Float64Array.of(0))
  expect(items.content).toEqual(vector)
  expect(items.out!.some((value) => value !== 0)).toBe(true)
})

test('Trained entities are not placed again', () => {
  const { items, users } = place([['u0001', 'i0001', 1]])
  expect([items.ids, users.ids]).toEqual([[], []])
})

test('An item of very many users is placed by a sample', () => {
  const acts = Array.from({ length: 50_000 }, (_, n): Act => [`v${n}`, 'hit', n])
  const known = new Map(acts.map(([user], row) => [user, row]))
  const sample = collectNeighbours(endless(acts), 'items', known, 64)
  expect(sample.rows).toHaveLength(64)
  expect(sample.degree).toEqual(Float64Array.of(50_000))
  expect(collectNeighbours(endless(shuffle(acts, 1)), 'items', known, 64).rows).toEqual(sample.rows)
  expect(Math.max(...sample.rows)).toBeGreaterThan(40_000)
})

test('An empty space places nobody', () => {
  const none = { ids: [], in: new Float32Array(0), out: new Float32Array(0), content: null }
  const table = { ...none, degree: new Float64Array(0) }
  const empty = { ...space, items: table, users: table }
  const learned = learnPlacement(empty, endless([]))
  const { items, unplaced } = placeNewcomers(learned, {
    ...{ ...empty, interactions: endless([['u', 'i', 1]]), content: world.content },
  })
  expect(items.ids).toEqual([])
  expect(unplaced.users).toEqual(['u'])
})

test('Vectors without any spread still place newcomers', () => {
  const flat = { ...space.items, in: space.items.in.map(() => 1), out: space.items.in.map(() => 1) }
  const learned = learnPlacement({ ...space, items: flat }, world.training)
  const { items } = placeNewcomers(learned, {
    ...{ ...space, items: flat, interactions: endless(newcomers), content: world.content },
  })
  expect(items.out!.every((value) => Math.abs(value - 1) < 0.01)).toBe(true)
})

test.each(['first-users', 'smoothing', 'graphsage'] as const)(
  'Packed models of %s place to the same bytes',
  (way) => {
    const users = { ...space.users, out: smoothedOut(world.training, space) }
    const learned = learnPlacement(space, world.training, way, 5)
    const unpacked = unpackPlacement(
      packPlacement(learned),
      space.dimensions,
      space.contentDimensions,
    )
    const input = { ...space, users, interactions: endless(newcomers), content: world.content }
    expect(bytesOf(placeNewcomers(unpacked, input))).toEqual(
      bytesOf(placeNewcomers(learned, input)),
    )
  },
)

test('Smoothing without the mean of the items is refused', () => {
  const learned = learnPlacement(space, world.training, 'smoothing')
  expect(() =>
    placeNewcomers(learned, { ...space, interactions: endless(newcomers), content: NONE }),
  ).toThrow('expected one for placement by smoothing')
})
