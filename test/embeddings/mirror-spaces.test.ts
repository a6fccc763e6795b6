import { beforeAll, beforeEach, expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { mirrorSpaces } from '../../functions/embeddings/mirror-spaces.ts'
import { ownStore } from '../../functions/embeddings/vector-index/stores/own.ts'
import type { VectorStore } from '../../functions/embeddings/vector-index/stores/store.ts'
import {
  closeActs,
  copyWorld,
  type EmbeddingWorld,
  embedAt,
  oneWeek,
  placeAt,
  stateItems,
} from '../make/embedding-world.ts'
import { DAY0_MS } from '../make/events.ts'

const WEEK_MS = DAY0_MS + 7 * 24 * HOUR_MS
let trained: EmbeddingWorld
let world: EmbeddingWorld
let generation: string
let store: VectorStore
beforeAll(async () => {
  trained = await oneWeek()
  generation = (await embedAt(trained, 7)).generation!
})
beforeEach(() => {
  world = copyWorld(trained)
  store = ownStore({
    ...{ scene: 'feed', codeDigest: 'code', configurationDigest: 'configuration' },
    ...{ seed: 1, minRecall: 0.98 },
  })
})
const mirror = (own = store) => mirrorSpaces({ ...world, scene: 'feed' }, own)
const setOf = (side: 'in' | 'out') => ({ generation, side, dimensions: 16, radius: 1 })

test('Another store gets trained items once, and placed ones as they come', async () => {
  expect(await mirror()).toEqual({ written: 240, refused: 0 })
  expect(await mirror()).toEqual({ written: 0, refused: 0 })
  await stateItems(world, [120], WEEK_MS - 1)
  const acts = ['u0000', 'u0006'].map((user) => ({ user, item: 'i0120', timeMs: WEEK_MS }))
  await closeActs(world, acts, WEEK_MS + HOUR_MS)
  await placeAt(world, WEEK_MS + 2 * HOUR_MS + 25 * MINUTE_MS)
  expect(await mirror()).toEqual({ written: 2, refused: 0 })
  const query = new Float32Array(16).fill(1)
  const found = await store.search(setOf('in'), query, 121)
  expect(found.map(({ id }) => id)).toContain('i0120')
  expect(found).toHaveLength(121)
})

test('What a fault stopped is written by the next call', async () => {
  let calls = 0
  const faulty: VectorStore = {
    ...store,
    put: async (...given) => {
      if (++calls === 2) throw new Error('unreachable')
      return store.put(...given)
    },
  }
  await expect(mirror(faulty)).rejects.toThrow('unreachable')
  expect(await mirror(faulty)).toEqual({ written: 240, refused: 0 })
})

test('Generations that are kept no more leave the store', async () => {
  await mirror()
  await world.online.put('feed#embeddings', 'STATE', { n: 9, generations: [] })
  await mirror()
  expect(await store.generations()).toEqual([])
})
