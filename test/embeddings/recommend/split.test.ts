import { expect, test } from 'vitest'
import type { Interactions } from '../../../functions/embeddings/recommend/interactions.ts'
import { NONE, splitLastOut } from '../../../functions/embeddings/recommend/split.ts'
import { type Act, actsOf } from '../graph/interactions.ts'

/** A user's acts, one letter an item, in order. */
const play = (user: string, letters: string, minute = 0): Act[] =>
  Array.from(letters, (item, i): Act => [user, item, minute + i])
const historyOf = ({ offsets, targets, items }: Interactions, user: number): string =>
  Array.from(targets.subarray(offsets[user], offsets[user + 1]), (item) => items[item]).join('')

test('The last two new items are held out, with later repeats', () => {
  const split = splitLastOut(actsOf([...play('u', 'abacabdca'), ...play('v', 'abdc')]))
  const { items } = split.history
  expect(items).toEqual(['a', 'b', 'c', 'd'])
  expect(historyOf(split.training, 0)).toBe('aba')
  expect(historyOf(split.history, 0)).toBe('abacab')
  expect(items[split.validation[0]!]).toBe('c')
  expect(items[split.test[0]!]).toBe('d')
  expect([historyOf(split.training, 1), historyOf(split.history, 1)]).toEqual(['ab', 'abd'])
})

test('Users with fewer than three items keep all and are not judged', () => {
  const split = splitLastOut(actsOf([...play('u', 'abab'), ...play('v', 'abc')]))
  expect(historyOf(split.training, 0)).toBe('abab')
  expect(historyOf(split.history, 0)).toBe('abab')
  expect([split.validation[0], split.test[0]]).toEqual([NONE, NONE])
  expect(historyOf(split.training, 1)).toBe('a')
})

test('Equal times are held out in the order of the log', () => {
  const acts: Act[] = ['c', 'b', 'a', 'd'].map((item) => ['u', item, 5])
  const split = splitLastOut(actsOf(acts))
  expect(historyOf(split.training, 0)).toBe('cb')
  expect(split.history.items[split.test[0]!]).toBe('d')
})

test('Weights and times stay with their interactions', () => {
  const interactions = actsOf([...play('u', 'abc'), ...play('v', 'dcba', 100)], 3)
  const { history } = splitLastOut(interactions)
  expect(Array.from(history.offsets)).toEqual([0, 2, 5])
  const kept = [0, 1, 3, 4, 5]
  expect(Array.from(history.weights)).toEqual(kept.map((e) => interactions.weights[e]))
  expect(Array.from(history.timesMs)).toEqual(kept.map((e) => interactions.timesMs[e]))
})

test('No events give an empty split', () => {
  const split = splitLastOut(actsOf([]))
  expect([split.test.length, split.history.targets.length]).toEqual([0, 0])
})
