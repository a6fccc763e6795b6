import { describe, expect, test } from 'vitest'
import { embeddingsSchema } from '../../../functions/contract/embeddings.ts'
import type { CandidateFigures, ListFigures } from '../../../functions/contract/space-comparison.ts'
import { alignSpace, rotateSpace } from '../../../functions/embeddings/align/align-space.ts'
import { rowOf, type SpaceTables } from '../../../functions/embeddings/align/space-tables.ts'
import { type JudgedSpace, judgeSpace } from '../../../functions/embeddings/gate/judge-space.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import { normals, orthogonal } from '../../make/normals.ts'
import { DIMENSIONS, trainedSpace } from '../../make/spaces.ts'

const GATE = embeddingsSchema.parse({}).gate
const served = trainedSpace(1)
const otherSeed = trainedSpace(2)
const aligned = (space: SpaceTables): SpaceTables =>
  rotateSpace(space, {}, alignSpace(space, served).rotation!).tables
const fresh = aligned(trainedSpace(3))

const candidate = (name: string, hitRate: number): CandidateFigures => ({
  ...{ name, hitRate, ndcg: hitRate / 2, coverage: 0.3, difference: null },
})
const LISTS: ListFigures = {
  ...{ users: 900, chosen: 'ease', chosenForItems: 'deepwalk', coverage: 0.4 },
  candidates: [candidate('popularity', 0.08), candidate('item-knn', 0.12), candidate('ease', 0.15)],
  ...{ newItems: 10, newReachable: 0.9 },
}
const FOUND = { recall: 0.996, queries: 100, selfFound: 1 }
const RECALL = { in: FOUND, out: FOUND }
const judge = (changed: Partial<JudgedSpace>) =>
  judgeSpace({ fresh, otherSeed, served, recall: RECALL, lists: LISTS, ...changed }, GATE)

const withItems = (space: SpaceTables, changed: Partial<SpaceTables['items']>): SpaceTables => ({
  ...space,
  items: { ...space.items, ...changed },
})
const withUsers = (space: SpaceTables, rows: Float32Array): SpaceTables => ({
  ...space,
  users: { ...space.users, in: rows },
})
/** Each row gets another entity's vector. */
function shuffled(rows: Float32Array): Float32Array {
  const draw = seededUniform(9)
  const order = Array.from({ length: rows.length / DIMENSIONS }, (_, n) => n)
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(draw() * (at + 1))
    ;[order[at], order[other]] = [order[other]!, order[at]!]
  }
  return Float32Array.from(order.flatMap((place) => [...rowOf(rows, place, DIMENSIONS)]))
}
const scaled = (rows: Float32Array, factor: number): Float32Array =>
  rows.map((value) => value * factor)
const { items } = fresh
const noise = normals(items.in.length, 8)

/** Spaces that must not be published, and why. */
const BAD: [name: string, space: SpaceTables, reason: RegExp][] = [
  [
    'shuffled items',
    withItems(fresh, { in: shuffled(items.in), out: shuffled(items.out!) }),
    /noise/,
  ],
  [
    'a shuffled out',
    withItems(fresh, { out: shuffled(items.out!) }),
    /neighbours by out: .* noise/,
  ],
  ['shuffled users', withUsers(fresh, shuffled(fresh.users.in)), /users' nearest items: .* noise/],
  [
    'noise',
    withItems(fresh, { in: Float32Array.from(noise) }),
    /neighbours: two seeds have .* noise/,
  ],
  [
    'noise for a third',
    withItems(fresh, { in: items.in.map((value, at) => (at < 1600 ? noise[at]! : value)) }),
    /another seed does not confirm `in` of 3\d\.\d % of the items, expected at most 20\.0 %/,
  ],
  [
    'numbers that are not finite',
    withItems(fresh, { in: items.in.with(5, Number.NaN) }),
    /items\.in: 1 of 300 rows have a number that is not finite/,
  ],
  [
    'infinite users',
    withUsers(fresh, fresh.users.in.with(0, Number.POSITIVE_INFINITY)),
    /users\.in: 1 of 80/,
  ],
  [
    'rows of zeros',
    withItems(fresh, { out: items.out!.slice().fill(0, 0, 160) }),
    /items\.out: 10 of 300 rows are zeros/,
  ],
  [
    'one point',
    withItems(fresh, { in: items.in.map((_, at) => (at % DIMENSIONS) + 1) }),
    /all items point the same way/,
  ],
  [
    'a line',
    withItems(fresh, {
      in: items.in.map(
        (_, at) => (Math.floor(at / DIMENSIONS) % 2 ? 1 : -1) * ((at % DIMENSIONS) + 1),
      ),
    }),
    /all items lie on a line: they use 1\.00 dimensions/,
  ],
  [
    'long vectors',
    withItems(fresh, { in: scaled(items.in, 5) }),
    /items\.in: rows are \d\.\d\d times as long as with another seed/,
  ],
  [
    'short vectors',
    withItems(fresh, { out: scaled(items.out!, 0.2) }),
    /items\.out: rows are 0\.\d\d times as long/,
  ],
  [
    'one exploded vector',
    withItems(fresh, { in: items.in.with(3, 1e6) }),
    /items\.in: the longest row is \d+ times as long/,
  ],
  [
    'no items',
    {
      ...fresh,
      items: {
        ids: [],
        in: new Float32Array(),
        out: new Float32Array(),
        degree: new Float64Array(),
        content: null,
      },
    },
    /no item has a vector/,
  ],
]

describe('the gate of a space', () => {
  test('A space like the served one is accepted', () => {
    const { isAccepted, reason, leftOut, figures } = judge({})
    expect(reason).toMatch(
      /^overlap \d\d\.\d % \(two seeds: \d\d\.\d %\), HR@10 0\.150 of ease on 900 users, recall 0\.996$/,
    )
    expect([isAccepted, leftOut]).toEqual([true, []])
    expect(figures.overlaps.map(({ side }) => side)).toEqual(['in', 'out', 'users'])
    expect(figures.drift!.cosine.in).toBeGreaterThan(0.9)
  })

  test('The first space has nothing to be compared with', () => {
    const { isAccepted, leftOut, figures } = judge({ served: null })
    expect([isAccepted, figures.drift]).toEqual([true, null])
    expect(leftOut).toEqual(['the served space: there is none'])
  })

  test('A space of other dimensions is judged without the served one', () => {
    const { isAccepted, leftOut } = judge({ served: { ...served, dimensions: 32 } })
    expect(isAccepted).toBe(true)
    expect(leftOut).toEqual(['the served space: it has 32 dimensions, this one 16'])
  })

  test.each(BAD)('A space with %s is refused, the first one, too', (_name, space, reason) => {
    for (const before of [served, null]) {
      const judgement = judge({ fresh: space, served: before })
      expect(judgement.isAccepted).toBe(false)
      expect(judgement.reason).toMatch(reason)
      expect(JSON.stringify(judgement)).not.toContain('NaN')
    }
  })

  test('A space that is not aligned is refused', () => {
    const turned = rotateSpace(fresh, {}, orthogonal(DIMENSIONS, 4)).tables
    expect(judge({ fresh: turned }).reason).toMatch(
      /it is not aligned: the mean cosine of `in` with the served space is -?0\.\d+, after the best rotation 0\.9/,
    )
    expect(judge({ fresh: turned, served: null }).isAccepted).toBe(true)
  })

  test('Neighbours that leave the served ones are refused', () => {
    const elsewhere = withItems(served, { in: Float32Array.from(normals(items.in.length, 21)) })
    const { isAccepted, reason } = judge({ served: elsewhere })
    expect(isAccepted).toBe(false)
    expect(reason).toMatch(
      /neighbours: \d\.\d % in common with the served space, expected \d\d\.\d % \(two seeds have \d\d\.\d %\)/,
    )
  })

  test('A training worse than its other seed is refused', () => {
    const worse = aligned(trainedSpace(5, 1.5))
    expect(judge({ fresh: worse }).reason).toMatch(
      /in common with another seed, which has \d\d\.\d % in common with the served space/,
    )
  })

  test('An index that loses vectors is refused', () => {
    const lossy = { recall: 0.9, queries: 100, selfFound: 1 }
    expect(judge({ recall: { in: FOUND, out: lossy } }).reason).toBe(
      'the index of `out`: recall 0.900 on 100 queries, expected 0.98',
    )
    const lost = { ...FOUND, selfFound: 0.99 }
    expect(judge({ recall: { in: lost, out: FOUND } }).reason).toBe(
      'the index of `in`: 1.0 % of vectors do not find themselves',
    )
    const unknown = { ...FOUND, recall: Number.NaN }
    expect(judge({ recall: { in: unknown, out: FOUND } }).isAccepted).toBe(false)
  })

  test('Lists below popularity or item-kNN are refused', () => {
    const lists = {
      ...LISTS,
      candidates: [candidate('popularity', 0.16), ...LISTS.candidates.slice(1)],
    }
    expect(judge({ lists }).reason).toBe(
      'HR@10 of ease is 0.150 on 900 users, expected 1 times that of popularity (0.160)',
    )
    const knn = { ...candidate('item-knn', 0.17), difference: { low: -0.03, high: -0.01 } }
    expect(
      judge({ lists: { ...LISTS, candidates: [...LISTS.candidates.slice(2), knn] } }).reason,
    ).toMatch(/expected 1 times that of item-knn \(0\.170\)/)
    const near = { ...knn, difference: { low: -0.05, high: 0.01 } }
    expect(
      judge({ lists: { ...LISTS, candidates: [...LISTS.candidates.slice(2), near] } }).isAccepted,
    ).toBe(true)
  })

  test('With few users lists are not compared, and the reason is named', () => {
    const lists = {
      ...LISTS,
      users: 49,
      candidates: [candidate('popularity', 1), candidate('ease', 0)],
    }
    const { isAccepted, leftOut } = judge({ lists: { ...lists, newItems: 0, newReachable: 0 } })
    expect(isAccepted).toBe(true)
    expect(leftOut).toEqual([
      'lists: 49 held-out users are too few to compare, expected 50',
      'new items: there are none',
    ])
  })

  test('Lists of few items, and new items out of reach, are refused', () => {
    expect(judge({ lists: { ...LISTS, coverage: 0.01 } }).reason).toBe(
      'lists have 1.0 % of the items, expected 5.0 %',
    )
    expect(judge({ lists: { ...LISTS, newReachable: 0.2 } }).reason).toBe(
      '20.0 % of 10 new items can be found, expected 25.0 %',
    )
  })

  test('What was not measured is named', () => {
    const { isAccepted, leftOut } = judge({ otherSeed: null, recall: null, lists: null })
    expect(isAccepted).toBe(true)
    expect(leftOut).toEqual([
      'two seeds: there is one training',
      'the vector index: it was not measured',
      'lists: they were not measured',
    ])
  })

  test('A space of three items and one user is not compared', () => {
    const cut = (space: SpaceTables): SpaceTables => ({
      ...space,
      items: {
        ids: space.items.ids.slice(0, 3),
        in: space.items.in.slice(0, 48),
        out: space.items.out!.slice(0, 48),
        degree: space.items.degree.slice(0, 3),
        content: null,
      },
      users: {
        ids: ['u0000'],
        in: space.users.in.slice(0, 16),
        out: null,
        degree: space.users.degree.slice(0, 1),
        content: null,
      },
    })
    const { isAccepted, leftOut, reason } = judgeSpace(
      {
        fresh: cut(fresh),
        otherSeed: cut(otherSeed),
        served: cut(served),
        recall: null,
        lists: null,
      },
      GATE,
    )
    expect([isAccepted, reason]).toEqual([true, 'nothing speaks against it'])
    expect(leftOut).toContain('overlap: too few items or users are common')
    expect(leftOut).toContain('drift: fewer items than dimensions are in both spaces')
  })
})
