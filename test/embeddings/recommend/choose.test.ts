import { expect, test } from 'vitest'
import { chooseRecommender } from '../../../functions/embeddings/recommend/choose.ts'
import { chooseSimilarity } from '../../../functions/embeddings/recommend/choose-similarity.ts'
import {
  deepWalkMethod,
  deepWalkRecommender,
} from '../../../functions/embeddings/recommend/deep-walk.ts'
import type { Method } from '../../../functions/embeddings/recommend/interactions.ts'
import { judge } from '../../../functions/embeddings/recommend/judge.ts'
import {
  itemListMethods,
  userListMethods,
} from '../../../functions/embeddings/recommend/methods.ts'
import { choosePopularityWeight } from '../../../functions/embeddings/recommend/popularity-weight.ts'
import { splitLastOut } from '../../../functions/embeddings/recommend/split.ts'
import { actsOf } from '../graph/interactions.ts'
import { drawActs, shuffle } from './taste-world.ts'

const acts = drawActs({ users: 80, items: 30, seed: 2 })
const interactions = actsOf(acts)
const split = splitLastOut(interactions)
const { users, items } = interactions

/** Users and items on one of two axes, by their taste. */
const byTaste = (ids: readonly string[], length: number): Float32Array =>
  Float32Array.from(ids.flatMap((id) => (Number(id.slice(1)) % 2 ? [length, 0] : [0, length])))
const vectors = {
  userIn: byTaste(users, 1),
  itemOut: byTaste(items, 3),
  degree: Float64Array.from(items, (_, i) => i),
}
/** Knows the event of one part of the split alone. */
const cheat = (name: string, events: Uint32Array): Method => ({
  name,
  grid: [{}],
  prepare: () => () => ({
    name,
    scoreFor: (user, scores) => void scores.fill(0).fill(1, events[user]!, events[user]! + 1),
  }),
})

test('The choice is made on the last event but one', () => {
  const methods = [
    ...userListMethods(items.length),
    deepWalkMethod(vectors, 1),
    cheat('validation', split.validation),
    cheat('test', split.test),
  ]
  const { chosen, entries, differences } = chooseRecommender(methods, split)
  expect(chosen.name).toBe('validation')
  expect(entries.map(({ name }) => name)).toEqual(methods.map(({ name }) => name))
  expect(entries.at(-1)!.test.hitRate).toBe(1)
  expect(differences!['test']!.mean).toBeCloseTo(chosen.test.hitRate - 1, 12)
  expect(differences!['popularity']!.low).toBeLessThanOrEqual(differences!['popularity']!.mean)
  expect(differences).not.toHaveProperty('validation')
})

test('Tastes are learned: each recommender beats popularity', () => {
  const { entries } = chooseRecommender(userListMethods(items.length), split)
  const [popularity, ...others] = entries
  for (const { test: judged } of others)
    expect(judged.hitRate).toBeGreaterThan(popularity!.test.hitRate)
})

test('The order of the log does not change the choice', () => {
  const choose = (log: typeof acts) => {
    const parts = splitLastOut(actsOf(log))
    return JSON.stringify(chooseRecommender(userListMethods(items.length).slice(0, 4), parts))
  }
  expect(choose(shuffle(acts, 5))).toBe(choose(acts))
})

test('Without users to judge the first method is chosen', () => {
  const { chosen, differences } = chooseRecommender(
    userListMethods(1),
    splitLastOut(actsOf([['u', 'a', 0]])),
  )
  expect([chosen.name, differences]).toEqual(['popularity', null])
})

test('DeepWalk scores the inner product and the degree', () => {
  const recommender = deepWalkRecommender(
    {
      userIn: Float32Array.of(1, 2),
      itemOut: Float32Array.of(3, 4, 0, 0, -1, 0.5),
      degree: Float64Array.of(0, 9, 3),
    },
    0.5,
  )
  const scores = new Float64Array(3)
  recommender.scoreFor(0, scores)
  expect(Array.from(scores)).toEqual([11, Number.NEGATIVE_INFINITY, 0.5 * Math.log(4)])
  const some = new Float64Array(2)
  recommender.scoreItems!(0, Uint32Array.of(2, 0), some)
  expect(Array.from(some)).toEqual([0.5 * Math.log(4), 11])
})

test('The chosen popularity weight has the best NDCG of the grid', () => {
  const heldOut = { known: split.training, events: split.validation }
  const grid = [0, 0.1, 5]
  // Without α the last item of a taste is the first, and the first items are the popular ones.
  const itemOut = vectors.itemOut.map((x, at) => (x > 0 ? x + at / 1000 : 0))
  const degree = Float64Array.from(items, (_, i) => (items.length - i) ** 2)
  const walked = { ...vectors, itemOut, degree }
  const gains = grid.map((alpha) => judge(deepWalkRecommender(walked, alpha), heldOut).ndcg)
  const chosen = choosePopularityWeight(walked, heldOut, grid)
  expect(gains[1]).toBeGreaterThan(Math.max(gains[0]!, gains[2]!))
  expect(chosen).toBe(0.1)
})

test('Vectors that are NaN are never chosen for items', () => {
  const broken = new Float32Array(2 * items.length).fill(Number.NaN)
  const { chosen, entries } = chooseSimilarity(itemListMethods(broken, 2), split)
  expect(chosen.name).not.toBe('deepwalk')
  expect(entries.at(-1)!.test.hitRate).toBe(0)
})

test('Cosines of vectors find the items of one taste', () => {
  const method = itemListMethods(byTaste(items, 2), 2).at(-1)!
  const similarity = method.learn(interactions)
  const scores = new Float64Array(items.length)
  similarity.scoreFor(4, scores)
  for (const [item, score] of scores.entries()) {
    const isAlike = Number(items[item]!.slice(1)) % 2 === Number(items[4]!.slice(1)) % 2
    expect(score).toBe(item === 4 ? Number.NEGATIVE_INFINITY : isAlike ? 1 : 0)
  }
  const some = new Float64Array(3)
  similarity.scoreItems!(4, Uint32Array.of(4, 5, 6), some)
  expect(Array.from(some)).toEqual(Array.from(scores.subarray(4, 7)))
})
