import { expect, test } from 'vitest'
import {
  estimateJaccard,
  HASHES,
  minimaOf,
  NearDuplicates,
  shinglesOf,
} from '../../../functions/graph/preferences/near-duplicates.ts'
import { murmur3 } from '../../../functions/math/hash.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import { makeWord } from '../../make/documents.ts'

/** Standard error of an estimate of the similarity 0.7. */
const ERROR = Math.sqrt((0.7 * 0.3) / HASHES)

/** Prompts, a third of them with a word or two of an earlier one changed. */
function makePrompts(seed: number, count: number): string[] {
  const uniform = seededUniform(seed)
  const prompts: string[] = []
  for (let i = 0; i < count; i++) {
    const base = uniform() < 0.33 && i > 0 ? prompts[Math.floor(uniform() * i)]!.split(' ') : null
    const words = base ?? Array.from({ length: 24 }, () => makeWord(uniform))
    if (base) words[Math.floor(uniform() * words.length)] = makeWord(uniform)
    prompts.push(words.join(' '))
  }
  return prompts
}

/** Size of the intersection by size of the union. */
function jaccard(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  const common = [...a].filter((one) => b.has(one)).length
  return common / (a.size + b.size - common)
}

test('Hashing finds the near-duplicates that comparing all pairs finds', () => {
  const prompts = makePrompts(1, 400)
  const near = new NearDuplicates()
  const kept: Set<number>[] = []
  let [same, duplicates, close] = [0, 0, 0]
  for (const prompt of prompts) {
    const shingles = shinglesOf(prompt)
    const nearest = Math.max(0, ...kept.map((other) => jaccard(shingles, other)))
    // Within three standard errors of the limit an estimate may say either.
    const isClose = Math.abs(nearest - 0.7) < 3 * ERROR
    const isNew = near.admit(prompt)
    if (isNew) kept.push(shingles)
    else duplicates++
    if (isClose) close++
    else if (isNew === nearest < 0.7) same++
  }
  expect(duplicates).toBeGreaterThan(80)
  expect(same + close).toBe(prompts.length)
  expect(close).toBeLessThan(0.15 * prompts.length)
})

test('Estimates of the similarity have the standard error that is stated', () => {
  const shared = Array.from({ length: 70 }, (_, i) => murmur3(`shared ${i}`))
  const own = (name: string) => Array.from({ length: 15 }, (_, i) => murmur3(`${name} ${i}`))
  const [a, b] = [new Set([...shared, ...own('a')]), new Set([...shared, ...own('b')])]
  expect(jaccard(a, b)).toBe(0.7)
  const errors = Array.from({ length: 400 }, (_, seed) => {
    return estimateJaccard(minimaOf(a, murmur3(`${seed}`)), minimaOf(b, murmur3(`${seed}`))) - 0.7
  })
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
  const variance = errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length
  expect(Math.abs(mean)).toBeLessThan((4 * ERROR) / Math.sqrt(errors.length))
  expect(Math.abs(Math.sqrt(variance) / ERROR - 1)).toBeLessThan(0.15)
})

test('Texts of any length keep 128 numbers', () => {
  expect(minimaOf(shinglesOf(makePrompts(2, 500).join(' ')), 1).byteLength).toBe(512)
})

test('Case, punctuation and spaces make no new prompt', () => {
  const near = new NearDuplicates()
  expect(['How are you?', 'how  are YOU', '', '!'].map((text) => near.admit(text))).toEqual([
    ...[true, false, true, false],
  ])
})
