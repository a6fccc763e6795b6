import { expect, test } from 'vitest'
import { judgeSimilarity } from '../../../functions/embeddings/recommend/choose-similarity.ts'
import type { Recommender } from '../../../functions/embeddings/recommend/interactions.ts'
import { judge, judgedUsers } from '../../../functions/embeddings/recommend/judge.ts'
import { NONE } from '../../../functions/embeddings/recommend/split.ts'
import { actsOf } from '../graph/interactions.ts'

/** Items a to f; all users know a; u1 knows b, too. */
const known = actsOf([
  ...['u1', 'u2', 'u3', 'u4'].map((user) => [user, 'a', 0] as const),
  ['u1', 'b', 1],
  ...['c', 'd', 'e', 'f'].map((item, i) => ['u4', item, 2 + i] as const),
])
const scoring = (scores: readonly number[]): Recommender => ({
  name: 'fixed',
  scoreFor: (_user, into) => into.set(scores),
})
/** u1 holds out d, u2 b, u3 f; u4 is not judged. */
const heldOut = { known, events: Uint32Array.of(3, 1, 5, NONE) }

test('HR and NDCG equal those computed by hand', () => {
  // u1 sees c, d, e, f: d is second. u2 and u3 see b, c, d, e, f: b is first, f is beyond 3.
  const judged = judge(scoring([9, 8, 7, 6, 5, 4]), heldOut, 3)
  expect(Array.from(judged.users)).toEqual([0, 1, 2])
  expect(Array.from(judged.hits)).toEqual([1, 1, 0])
  expect(judged.hitRate).toBeCloseTo(2 / 3, 12)
  expect(judged.ndcg).toBeCloseTo((1 / Math.log2(3) + 1) / 3, 12)
  // c, d, e and b, c, d of six items.
  expect(judged.coverage).toBeCloseTo(4 / 6, 12)
})

test('Equal scores rank the item of the lower number first', () => {
  const judged = judge(scoring([1, 1, 1, 1, 1, 1]), heldOut, 2)
  // u1: c, d. u2: b, c. u3: b, c.
  expect(Array.from(judged.hits)).toEqual([1, 1, 0])
})

test.each([
  ['NaN', Number.NaN],
  ['minus infinity', Number.NEGATIVE_INFINITY],
])('Scores of %s are no hits', (_what, score) => {
  const judged = judge(scoring(Array(6).fill(score)), heldOut)
  expect([judged.hitRate, judged.ndcg, judged.coverage]).toEqual([0, 0, 0])
})

test('Without judged users the hit rate is not a number', () => {
  const none = { known, events: new Uint32Array(4).fill(NONE) }
  expect(judge(scoring([1, 2, 3, 4, 5, 6]), none).hitRate).toBeNaN()
})

test('A sample of judged users depends on their ids alone', () => {
  const users = Array.from(judgedUsers(heldOut, 2), (user) => known.users[user])
  const fewer = actsOf([
    ['u1', 'a', 0],
    ['u2', 'a', 0],
    ['u3', 'a', 0],
  ])
  const again = judgedUsers({ known: fewer, events: Uint32Array.of(0, 0, 0) }, 2)
  expect(Array.from(again, (user) => fewer.users[user])).toEqual(users)
  expect(users).toHaveLength(2)
})

test('Item lists are judged by the list of the last known item', () => {
  const asked: number[] = []
  const judged = judgeSimilarity(
    {
      name: 'fixed',
      scoreFor(item, scores) {
        asked.push(item)
        scores.set([9, 8, 7, 6, 5, 4])
      },
    },
    heldOut,
    3,
  )
  expect(asked).toEqual([1, 0, 0])
  expect(Array.from(judged.hits)).toEqual([1, 1, 0])
})
