import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createTables } from '../../cdk/local/dynamodb.ts'
import {
  bucketSk,
  CURRENT_SK,
  entityPk,
  releaseSk,
  scenePk,
} from '../../functions/contract/registry.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { dynamoTable } from '../../functions/core/dynamodb.ts'
import { s3Store } from '../../functions/core/s3.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { type Endpoint, openEndpoint } from '../local/endpoint.ts'
import { currentRow } from '../make/lineage.ts'
import { readmeBlock } from '../readme/blocks.ts'
import { excerptOf } from '../readme/excerpt.ts'
import { openFeed, rank } from './example.ts'
import { servedReleases } from './served-releases.ts'

const NOW_MS = Date.UTC(2026, 0, 5, 12)
let endpoint: Endpoint
let online: TableStore

beforeAll(async () => {
  endpoint = await openEndpoint()
  const client = endpoint.dynamoClient()
  const keys = [
    { name: 'pk', type: 'S', role: 'HASH' },
    { name: 'sk', type: 'S', role: 'RANGE' },
  ]
  await createTables(
    client,
    ['registry', 'online'].map((name) => ({ name, arn: name, keys })),
  )
  const documents = DynamoDBDocumentClient.from(client)
  const registry = dynamoTable('registry', documents)
  online = dynamoTable('online', documents)
  // What a release leaves, as the real services keep it.
  const world = servedReleases()
  await world.prepare(1)
  const release = (await world.registry.get(scenePk('feed'), releaseSk(1)))!
  const key = String(release['modelKey'])
  await s3Store('plain', endpoint.s3Client()).put(key, await world.models.get(key))
  await registry.put(scenePk('feed'), releaseSk(1), release)
  await registry.put(scenePk('feed'), CURRENT_SK, currentRow({ version: 'v1' }))
  await online.put(entityPk('feed', 'item', 'i2'), bucketSk(NOW_MS), {
    counts: { impression: { [String(NOW_MS / HOUR_MS - 2)]: 50 } },
    expiresAt: 0,
  })
  for (const [name, value] of Object.entries({
    AWS_ENDPOINT_URL: endpoint.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'OPERATOR',
    AWS_SECRET_ACCESS_KEY: 'x',
  }))
    vi.stubEnv(name, value)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await endpoint?.close()
})

describe('the example of an online service', () => {
  test('ranks by a release and online values over S3 and DynamoDB, by the package’s own name', async () => {
    const feed = await openFeed({
      IDENTITY_SECRET: 'secret',
      MODELS_BUCKET: 'plain',
      REGISTRY_TABLE: 'registry',
      ONLINE_TABLE: 'online',
    })
    expect(feed.served()).toEqual({ sequence: 1, version: 'v1' })
    const { release, slate } = await rank(feed, 'person-1', ['i1', 'i2'], NOW_MS)
    expect(release).toBe('v1')
    expect(slate.map(({ item }) => item).sort()).toEqual(['i1', 'i2'])
    feed.close()
  })

  test('is what the README shows of it', () => {
    const text = readFileSync(join(import.meta.dirname, 'example.ts'), 'utf8')
    expect(text).toMatch(excerptOf(readmeBlock('Serving', 'scoreSlate')))
  })

  test('is found by its name in package.json', () => {
    const root = join(import.meta.dirname, '..', '..')
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(readFileSync(join(root, exports['./reader']), 'utf8')).toContain('function openReader')
  })
})
