import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { s3Store } from '../../functions/core/s3.ts'
import { type Endpoint, openEndpoint } from '../local/endpoint.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { objectStoreSuite } from './objects.suite.ts'

let endpoint: Endpoint
let store: ObjectStore
let versioned: ObjectStore
beforeAll(async () => {
  endpoint = await openEndpoint()
  store = s3Store('plain', endpoint.s3Client())
  versioned = s3Store('versioned', endpoint.s3Client())
})
afterAll(() => endpoint?.close())

const memory = memoryObjects()
objectStoreSuite(
  'in memory',
  () => memory,
  () => memory,
)
objectStoreSuite(
  'over the local S3 by the real SDK',
  () => store,
  () => versioned,
)
test('A missing bucket is a fault, not a missing object', async () => {
  const nobody = s3Store('nobody', endpoint.s3Client())
  const fault = expect.objectContaining({ name: 'NoSuchBucket' })
  await expect(nobody.stream('a')).rejects.toEqual(fault)
  await expect(nobody.find('a')).rejects.toEqual(fault)
})
