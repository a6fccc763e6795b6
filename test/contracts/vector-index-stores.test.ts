import { afterAll, beforeEach, expect, test } from 'vitest'
import { ownStore } from '../../functions/embeddings/vector-index/stores/own.ts'
import { s3VectorsStore } from '../../functions/embeddings/vector-index/stores/s3-vectors.ts'
import type { VectorSet } from '../../functions/embeddings/vector-index/stores/store.ts'
import { openS3Vectors } from '../embeddings/vector-index/s3-vectors-server.ts'
import { vectorStoreSuite } from './vector-index-stores.suite.ts'

const BUCKET = 'shop-vectors'
const service = await openS3Vectors(BUCKET)
afterAll(() => service.close())
beforeEach(() => {
  service.requests.length = 0
})
const s3Vectors = (bucket = BUCKET, scene = 'feed') =>
  s3VectorsStore({ client: service.client, bucket, scene })

const own = ownStore({
  ...{ scene: 'feed', codeDigest: '', configurationDigest: '', seed: 1, minRecall: 0.99 },
})
vectorStoreSuite('our index', () => own)
vectorStoreSuite('Amazon S3 Vectors, by the real SDK', s3Vectors)

const SET: VectorSet = {
  generation: '00000001-1767571200000',
  side: 'in',
  dimensions: 2,
  radius: 1,
}
const vectors = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    ...{
      id: `item-${i}`,
      vector: Float32Array.of(Math.cos(i / 2000), Math.sin(i / 2000)),
      bias: 0,
    },
  }))

test('S3 Vectors gets at most 500 vectors a request', async () => {
  await s3Vectors().put(SET, vectors(1001))
  expect(service.requests.filter((name) => name === 'PutVectors')).toHaveLength(3)
  service.requests.length = 0
  await s3Vectors().delete(
    SET,
    vectors(1001).map(({ id }) => id),
  )
  expect(service.requests).toEqual(Array(3).fill('DeleteVectors'))
})

test('Scenes of one vector bucket do not meet', async () => {
  const longest = s3Vectors(BUCKET, 'a-scene-of-24-characters')
  await longest.put(SET, vectors(3))
  await s3Vectors().put(SET, vectors(1))
  expect(await longest.search(SET, Float32Array.of(1, 0), 5)).toHaveLength(3)
  await s3Vectors().drop(SET.generation)
  expect(await longest.generations()).toEqual([SET.generation])
  await longest.drop(SET.generation)
})

test('A throttled request is sent again, and a denied one is thrown', async () => {
  service.failing.push(429, 403)
  await expect(s3Vectors().put(SET, vectors(1))).rejects.toThrow('No')
  expect(service.requests).toEqual(['CreateIndex', 'CreateIndex'])
})

test('A vector bucket that is missing is a fault', async () => {
  const missing = expect.objectContaining({ name: 'NotFoundException' })
  const store = s3Vectors('another-bucket')
  await expect(store.put(SET, vectors(1))).rejects.toEqual(missing)
  await expect(store.search(SET, Float32Array.of(1, 0), 1)).rejects.toEqual(missing)
  await expect(store.delete(SET, ['a'])).rejects.toEqual(missing)
  await expect(store.generations()).rejects.toEqual(missing)
})

test('An id that S3 Vectors cannot keep is refused, others are written', async () => {
  const [first] = vectors(1)
  const long = 'x'.repeat(1025)
  const put = await s3Vectors().put(SET, [{ ...first!, id: long }, { ...first!, id: '' }, first!])
  expect(put).toEqual({
    written: 1,
    refused: [
      { id: long, reason: 'the id has 1025 characters, expected 1 to 1024' },
      { id: '', reason: 'the id has 0 characters, expected 1 to 1024' },
    ],
  })
})

test('Our index is built again after many changes', async () => {
  const store = ownStore({
    ...{ scene: 'feed', codeDigest: '', configurationDigest: '', seed: 1, minRecall: 0.99 },
  })
  const all = vectors(3000)
  await store.put(SET, all.slice(0, 1500))
  const query = Float32Array.of(0, 1)
  const best = async () => (await store.search(SET, query, 1))[0]!.id
  expect(await best()).toBe('item-1499')
  await store.put(SET, all.slice(1500, 1600))
  expect(await best()).toBe('item-1599')
  await store.put(SET, all.slice(1600))
  expect(await best()).toBe('item-2999')
  await store.delete(
    SET,
    all.slice(10).map(({ id }) => id),
  )
  expect(await store.search(SET, query, 50)).toHaveLength(10)
})
