import { afterAll, beforeAll } from 'vitest'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { s3Store } from '../../functions/core/s3.ts'
import { type Endpoint, openEndpoint } from '../local/endpoint.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { objectStoreSuite } from './objects.suite.ts'

let endpoint: Endpoint
let store: ObjectStore
beforeAll(async () => {
  endpoint = await openEndpoint()
  store = s3Store('plain', endpoint.s3Client())
})
afterAll(() => endpoint?.close())

const memory = memoryObjects()
objectStoreSuite('in memory', () => memory)
objectStoreSuite('over the local S3 by the real SDK', () => store)
