import { expect, test } from 'vitest'
import {
  jaccard,
  NearDuplicates,
  shinglesOf,
} from '../../../functions/graph/preferences/near-duplicates.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import { makeWord } from '../../make/documents.ts'

/** Prompts, a third of them with a word or two of an earlier one changed. */
function makePrompts(seed: number, count: number): string[] {
  const uniform = seededUniform(seed)
  const prompts: string[] = []
  for (let i = 0; i < count; i++) {
    const base = uniform() < 0.33 && i > 0 ? prompts[Math.floor(uniform() * i)]!.split(' ') : null
    const words = base ?? Array.from({ length: 12 }, () => makeWord(uniform))
    if (base) words[Math.floor(uniform() * words.length)] = makeWord(uniform)
    prompts.push(words.join(' '))
  }
  return prompts
}

test('Hashing finds the near-duplicates that comparing all pairs finds', () => {
  const prompts = makePrompts(1, 400)
  const near = new NearDuplicates()
  const kept: Set<number>[] = []
  let [same, duplicates] = [0, 0]
  for (const prompt of prompts) {
    const shingles = shinglesOf(prompt)
    const isNew = kept.every((other) => jaccard(shingles, other) < 0.7)
    if (isNew) kept.push(shingles)
    else duplicates++
    if (near.admit(prompt) === isNew) same++
  }
  expect(duplicates).toBeGreaterThan(80)
  expect(same).toBe(prompts.length)
})

test('Case, punctuation and spaces make no new prompt', () => {
  const near = new NearDuplicates()
  expect(['How are you?', 'how  are YOU', '', '!'].map((text) => near.admit(text))).toEqual([
    ...[true, false, true, false],
  ])
})
