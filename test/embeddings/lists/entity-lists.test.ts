import { expect, test } from 'vitest'
import { itemLists, userLists } from '../../../functions/embeddings/lists/entity-lists.ts'
import type {
  ItemSimilarity,
  Recommender,
} from '../../../functions/embeddings/recommend/interactions.ts'
import { similarByUsers } from '../../../functions/embeddings/recommend/item-knn.ts'
import { actsOf } from '../graph/interactions.ts'

const known = actsOf([
  ['u1', 'a', 0],
  ['u1', 'f', 10],
  ['u2', 'b', 20],
  ['u3', 'c', 30],
  ['u3', 'd', 31],
  ['u3', 'e', 32],
])
const shape = { size: 3, categories: null, maxCategoryShare: 1 }
/** Prefers the first items. */
const scores = [6, 5, 4, 3, 2, 1]
const exhaustive: Recommender & ItemSimilarity = {
  name: 'fixed',
  scoreFor: (_row, into) => into.set(scores),
}
const selective: Recommender & ItemSimilarity = {
  name: 'fixed',
  scoreFor: () => expect.unreachable(),
  scoreItems: (_row, items, into) => into.set(Array.from(items, (item) => scores[item]!)),
}
const activeSinceMs = Number.NEGATIVE_INFINITY
const listed = (parameters: Partial<Parameters<typeof userLists>[0]>) =>
  Array.from(
    userLists({ known, recommender: exhaustive, activeSinceMs, shape, ...parameters }),
    ({ user, list }) => `${known.users[user]} ${list.items.join('')}`,
  )

test('A user has the best items that the user does not know', () => {
  expect(listed({})).toEqual(['u1 bcd', 'u2 acd', 'u3 abf'])
})

test('Users without an event since the given time have no list', () => {
  expect(listed({ activeSinceMs: known.timesMs[2]! })).toEqual(['u2 acd', 'u3 abf'])
  expect(listed({ activeSinceMs: known.timesMs[2]! + 1 })).toEqual(['u3 abf'])
})

test('Candidates limit what is scored', () => {
  const candidates = () => Uint32Array.of(5, 2, 0, 1)
  expect(listed({ recommender: selective, candidates })).toEqual(['u1 bc', 'u2 acf', 'u3 abf'])
})

test('Candidates are not asked for where all items cost the same', () => {
  expect(listed({ candidates: () => expect.unreachable() })).toHaveLength(3)
})

test('The cap reaches beyond the first items of the ranking', () => {
  const categories = Int32Array.of(0, 0, 0, 0, 1, 1)
  expect(listed({ shape: { size: 3, categories, maxCategoryShare: 0.34 } })).toEqual([
    'u1 be',
    'u2 ae',
    'u3 af',
  ])
})

test('Items and scores of a list have the same order', () => {
  const [first] = userLists({ known, recommender: exhaustive, activeSinceMs, shape })
  expect(first!.list).toEqual({ items: ['b', 'c', 'd'], scores: Float32Array.of(5, 4, 3) })
})

test('Each item has a list of items like it, perhaps empty', () => {
  const lists = Array.from(
    itemLists({ items: known.items, similarity: similarByUsers(known, 5), shape }),
    ({ list }) => list.items.join(''),
  )
  expect(lists).toEqual(['f', '', 'de', 'ce', 'cd', 'a'])
  const near = itemLists({
    ...{ items: known.items, similarity: selective, shape },
    candidates: (item) => Uint32Array.of((item + 1) % 6),
  })
  expect(Array.from(near, ({ list }) => list.items.join('')).join('')).toBe('bcdefa')
})

test('An empty week gives no lists', () => {
  const none = actsOf([])
  expect([...userLists({ known: none, recommender: exhaustive, activeSinceMs, shape })]).toEqual([])
  expect([...itemLists({ items: [], similarity: exhaustive, shape })]).toEqual([])
})
