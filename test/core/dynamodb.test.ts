import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTables } from '../../cdk/local/dynamodb.ts'
import { dynamoTable } from '../../functions/core/dynamodb.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { type Endpoint, openEndpoint } from '../local/endpoint.ts'
import { type Fault, type FaultyProxy, openFaultyProxy } from '../local/faulty-proxy.ts'

let endpoint: Endpoint
let proxy: FaultyProxy
let documents: DynamoDBDocumentClient
let fault: () => Fault | null = () => null
let asked = 0

beforeAll(async () => {
  endpoint = await openEndpoint()
  proxy = await openFaultyProxy(endpoint.url, () => {
    asked++
    return fault()
  })
  const keys = [
    { name: 'pk', type: 'S', role: 'HASH' },
    { name: 'sk', type: 'S', role: 'RANGE' },
  ]
  await createTables(endpoint.dynamoClient(), [{ name: 'table', arn: 'arn', keys }])
  documents = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: proxy.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'OPERATOR', secretAccessKey: 'x' },
      maxAttempts: 1,
    }),
  )
})
afterAll(async () => {
  documents?.destroy()
  await proxy?.close()
  await endpoint?.close()
})
beforeEach(() => {
  fault = () => null
  asked = 0
})

const rowsOf = (pk: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ pk, sk: String(n).padStart(4, '0'), row: { n } }))

describe('Writing many rows', () => {
  test('Many rows are written by several writers, at most sixteen', async () => {
    let atOnce = 0
    let most = 0
    const counting = {
      async send(command: Parameters<DynamoDBDocumentClient['send']>[0]) {
        most = Math.max(most, ++atOnce)
        return documents.send(command).finally(() => atOnce--)
      },
    } as DynamoDBDocumentClient
    await dynamoTable('table', counting).putAll(rowsOf('several', 1000))
    expect(asked).toBe(40)
    expect(most).toBe(16)
  })

  test('All rows are written when the table throttles or skips some', async () => {
    const uniform = seededUniform(3)
    const table = dynamoTable('table', documents)
    fault = () => {
      const at = uniform()
      return at < 0.3 ? { kind: 'throttle' } : at < 0.7 ? { kind: 'unprocessed' } : null
    }
    const rows = rowsOf('throttled', 400)
    await table.putAll(rows)
    fault = () => null
    expect(asked).toBeGreaterThan(16)
    const found = await table.query('throttled', '')
    expect(found.map(({ n }) => n)).toEqual(rows.map((_, n) => n))
  })

  test('A refused batch ends the write, and no further batch starts', async () => {
    fault = () => ({ kind: 'error' })
    const writing = dynamoTable('table', documents).putAll(rowsOf('refused', 1000))
    await expect(writing).rejects.toThrow('by the test')
    expect(asked).toBeLessThanOrEqual(16)
  })
})
