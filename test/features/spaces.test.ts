import fc from 'fast-check'
import { expect, test } from 'vitest'
import { spaceKey, spaceUsersKey } from '../../functions/contract/keys.ts'
import type { SpaceKind } from '../../functions/contract/space.ts'
import { encodeSpace } from '../../functions/core/space.ts'
import { openSpaces } from '../../functions/features/spaces.ts'
import { memoryObjects } from '../make/memory-objects.ts'

const DIMENSIONS = 4
const ALPHA = 0.5
const SCORES = { scores: true, content: false }

function encoded(kind: SpaceKind, generation: string, ids: string[], vectors: number[][]) {
  const values = Float32Array.from(vectors.flat())
  return encodeSpace(
    {
      ...{ kind, scene: 'feed', generation, dimensions: DIMENSIONS, contentDimensions: 0 },
      ...{ popularityWeight: ALPHA, dataFromMs: 0, dataThroughMs: 1, alignedTo: null },
      ...{ hyperparameters: {}, codeDigest: 'c', configurationDigest: 'd', graphDigest: 'g' },
    },
    {
      ids,
      in: values,
      out: kind === 'items' ? values : null,
      degree: Float64Array.from(ids, (_, n) => n),
      content: null,
    },
  )
}

const vector = fc.array(fc.float({ min: -2, max: 2, noNaN: true }), {
  minLength: DIMENSIONS,
  maxLength: DIMENSIONS,
})

test('A score is the product of both vectors plus the popularity', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(vector, { minLength: 2, maxLength: 5 }), async (vectors) => {
      const ids = vectors.map((_, n) => `x${n}`)
      const store = memoryObjects()
      await store.put(spaceKey('feed', 'g', 'items'), encoded('items', 'g', ids, vectors))
      await store.put(spaceUsersKey('feed', 'g'), encoded('users', 'g', ids, vectors))
      const spaces = await openSpaces(store, 'feed', [{ sinceMs: 10, generation: 'g' }], SCORES)
      for (const [u, user] of vectors.entries())
        for (const [i, item] of vectors.entries()) {
          const product = user.reduce((sum, value, d) => sum + value * item[d]!, 0)
          expect(spaces.scoreOf(`x${u}`, `x${i}`, 10)).toBeCloseTo(product + ALPHA * Math.log1p(i))
        }
    }),
    { numRuns: 30 },
  )
})

test('A sample sees the space that was served before its impression', async () => {
  const store = memoryObjects()
  for (const [generation, value] of [
    ['a', 1],
    ['b', 2],
  ] as const) {
    const vectors = [[value, 0, 0, 0]]
    await store.put(
      spaceKey('feed', generation, 'items'),
      encoded('items', generation, ['i'], vectors),
    )
    await store.put(spaceUsersKey('feed', generation), encoded('users', generation, ['u'], vectors))
  }
  const served = [
    { sinceMs: 10, generation: 'a' },
    { sinceMs: 20, generation: 'b' },
    { sinceMs: 30, generation: null },
  ]
  const { scoreOf } = await openSpaces(store, 'feed', served, SCORES)
  expect([9, 10, 19, 20, 29, 30].map((timeMs) => scoreOf('u', 'i', timeMs))).toEqual([
    ...[null, 1, 1, 4, 4, null],
  ])
  expect(scoreOf('unknown', 'i', 10)).toBeNull()
  expect(scoreOf('u', 'unknown', 10)).toBeNull()
  const none = await openSpaces(store, 'feed', served, SCORES, () => false)
  expect(none.scoreOf('u', 'i', 10)).toBeNull()
})
