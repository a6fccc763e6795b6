import { setTimeout } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
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
  await endpoint.createTables('table')
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

/** The table throttles this many requests, and then none. */
const throttle = (requests: number): void => {
  asked = 0
  fault = () => (asked <= requests ? { kind: 'throttle' } : null)
}

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

  test('All rows are deleted when the table throttles or skips some', async () => {
    const uniform = seededUniform(5)
    const table = dynamoTable('table', documents, soon)
    const rows = rowsOf('deleted', 400)
    await table.putAll(rows)
    fault = () => {
      const at = uniform()
      return at < 0.3 ? { kind: 'throttle' } : at < 0.7 ? { kind: 'unprocessed' } : null
    }
    await table.deleteAll(rows.slice(1))
    fault = () => null
    expect((await table.query('deleted', '')).map(({ n }) => n)).toEqual([0])
  })

  test('A refused batch ends the write, and no further batch starts', async () => {
    fault = () => ({ kind: 'error' })
    const writing = dynamoTable('table', documents).putAll(rowsOf('refused', 1000))
    await expect(writing).rejects.toThrow('by the test')
    expect(asked).toBeLessThanOrEqual(16)
  })
})

/** A hundredth of the pauses. */
const soon = (ms: number): Promise<void> => setTimeout(ms / 100)

describe('A table that throttles', () => {
  test('Throttled updates are each made once', async () => {
    const table = dynamoTable('table', documents, soon)
    const rows = rowsOf('updated', 60)
    await table.putAll(rows)
    throttle(30)
    const made = await table.updateAll(
      rows.map(({ pk, sk, row: { n } }) => ({
        ...{ pk, sk, set: { 'open.1-a': `block ${n}`, n: n + 1000 } },
        // Every fourth is another writer's by now.
        ifEquals: { n: n % 4 === 0 ? -1 : n },
      })),
    )
    // Each request again, and no more: a condition that failed is no reason to try again.
    expect(asked).toBe(3 + 30)
    expect(made).toEqual(rows.map((_, n) => n % 4 !== 0))
    const found = await table.query('updated', '')
    expect(found.map(({ sk: _, ...row }) => row)).toEqual(
      rows.map((_, n) => (n % 4 === 0 ? { n } : { n: n + 1000, 'open.1-a': `block ${n}` })),
    )
  })

  test('New rows are made in batches, beside rows that exist', async () => {
    const table = dynamoTable('table', documents, soon)
    const rows = rowsOf('made', 100)
    await table.putAll(rows.slice(0, 30))
    asked = 0
    const made = await table.updateAll(
      rows.map(({ pk, sk }, n) => ({
        ...{ pk, sk, set: { "open.1-it's": n }, setIfNew: { expiresAt: 9 } },
        // Only a row that exists can have this value.
        ...(n >= 90 && { ifEquals: { n } }),
      })),
    )
    // 100 rows in four requests, and 60 of them again in three.
    expect(asked).toBe(4 + 3)
    expect(made).toEqual(rows.map((_, n) => n < 90))
    const found = await table.query('made', '')
    expect(found.map(({ sk: _, ...row }) => row)).toEqual(
      Array.from({ length: 90 }, (_, n) =>
        n < 30 ? { n, "open.1-it's": n } : { "open.1-it's": n, expiresAt: 9 },
      ),
    )
  })

  test('Writers who make the same rows at once all change them', async () => {
    const table = dynamoTable('table', documents, soon)
    const rows = rowsOf('shared', 200)
    const writers = ['a', 'b', 'c']
    const made = await Promise.all(
      writers.map((writer) =>
        table.updateAll(
          rows.map(({ pk, sk }) => ({ pk, sk, set: { [`open.${writer}`]: writer } })),
        ),
      ),
    )
    expect(made.flat()).toEqual(Array(600).fill(true))
    const found = await table.query('shared', '')
    expect(found.map(({ sk: _, ...row }) => row)).toEqual(
      rows.map(() => ({ 'open.a': 'a', 'open.b': 'b', 'open.c': 'c' })),
    )
  })

  test('Throttled reads answer in the order of keys', async () => {
    const table = dynamoTable('table', documents, soon)
    const rows = rowsOf('read', 450)
    await table.putAll(rows)
    throttle(15)
    const keys = [...rows, { pk: 'read', sk: 'missing' }].toReversed()
    const found = await table.getAll(keys)
    expect(asked).toBe(5 + 15)
    expect(found).toEqual([null, ...rows.map((_, n) => ({ n })).toReversed()])
  })

  test('Only rows that an answer leaves out are asked for again', async () => {
    const table = dynamoTable('table', documents, soon)
    const rows = rowsOf('left', 20)
    await table.putAll(rows)
    const sizes: number[] = []
    const leaving = {
      async send(command: { input: { RequestItems: { table: { Keys: object[] } } } }) {
        const { Keys } = command.input.RequestItems.table
        sizes.push(Keys.length)
        const half = Math.ceil(Keys.length / 2)
        const asking = { table: { Keys: Keys.slice(0, half), ConsistentRead: true } }
        const answer = await documents.send(new BatchGetCommand({ RequestItems: asking }))
        const left = Keys.slice(half)
        return { ...answer, UnprocessedKeys: left.length > 0 ? { table: { Keys: left } } : {} }
      },
    } as unknown as DynamoDBDocumentClient
    const found = await dynamoTable('table', leaving).getAll(rows)
    expect(found).toEqual(rows.map((_, n) => ({ n })))
    expect(sizes).toEqual([20, 10, 5, 2, 1])
  })

  test('A fault that is no throttling is thrown at once', async () => {
    const table = dynamoTable('table', documents, soon)
    fault = () => ({ kind: 'error' })
    const update = { pk: 'refused', sk: '1', set: { n: 1 } }
    await expect(table.updateAll([update])).rejects.toThrow('by the test')
    await expect(table.getAll([{ pk: 'refused', sk: '1' }])).rejects.toThrow('by the test')
    expect(asked).toBe(2)
  })
})
