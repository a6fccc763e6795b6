import {
  BatchGetCommand,
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { measureTable } from '../../cdk/local/row-use.ts'
import type { RowUse } from '../../functions/contract/summary.ts'
import { type Endpoint, openEndpoint } from './endpoint.ts'

let endpoint: Endpoint
let documents: DynamoDBDocumentClient
let table = ''
let made = 0
beforeAll(async () => {
  endpoint = await openEndpoint()
  documents = DynamoDBDocumentClient.from(endpoint.dynamoClient())
})
afterAll(() => endpoint.close())
beforeEach(async () => {
  table = `rows${made++}`
  await endpoint.createTables(table)
})

/** A row whose size is exactly `bytes`: names and values of pk, sk and text. */
const rowOf = (sk: string, bytes: number) => {
  const others = 'pk'.length + 'p'.length + 'sk'.length + sk.length + 'text'.length
  return { pk: 'p', sk, text: 'x'.repeat(bytes - others) }
}
const used = (): RowUse =>
  endpoint.usage.stages()['operator']?.dynamodb.tables[table] ?? {
    ...{ rowsWritten: 0, rowsRead: 0, writeUnits: 0, readUnits: 0 },
  }
const put = (bytes: number, sk = '1') =>
  documents.send(new PutCommand({ TableName: table, Item: rowOf(sk, bytes) }))

describe('The use of table rows', () => {
  test.each([
    [1024, 1],
    [1025, 2],
    [10_240, 10],
  ])('A put of %i bytes takes %i write units', async (bytes, units) => {
    await put(bytes)
    expect(used()).toEqual({ rowsWritten: 1, writeUnits: units, rowsRead: 0, readUnits: 0 })
  })

  test('A batch counts each row by its own size', async () => {
    const items = [rowOf('1', 500), rowOf('2', 1500), rowOf('3', 4000)]
    const requests = items.map((Item) => ({ PutRequest: { Item } }))
    await documents.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }))
    expect(used()).toMatchObject({ rowsWritten: 3, writeUnits: 1 + 2 + 4 })
  })

  test('An update takes units by the whole row, before or after', async () => {
    await put(2048)
    await documents.send(
      new UpdateCommand({
        TableName: table,
        Key: { pk: 'p', sk: '1' },
        UpdateExpression: 'SET opened = :one',
        ExpressionAttributeValues: { ':one': 1 },
      }),
    )
    expect(used()).toMatchObject({ rowsWritten: 2, writeUnits: 2 + 3 })
    await documents.send(
      new UpdateCommand({
        TableName: table,
        Key: { pk: 'p', sk: '1' },
        UpdateExpression: 'REMOVE #text',
        ExpressionAttributeNames: { '#text': 'text' },
      }),
    )
    expect(used()).toMatchObject({ rowsWritten: 3, writeUnits: 2 + 3 + 3 })
  })

  test('A refused conditional write takes units and writes no row', async () => {
    await put(100)
    const refused = documents.send(
      new PutCommand({
        TableName: table,
        Item: rowOf('1', 3000),
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    )
    await expect(refused).rejects.toThrow(/conditional/)
    expect(used()).toMatchObject({ rowsWritten: 1, writeUnits: 1 + 3 })
  })

  test('An eventually consistent read takes half of the units', async () => {
    await put(4097)
    const Key = { pk: 'p', sk: '1' }
    await documents.send(new GetCommand({ TableName: table, Key }))
    expect(used()).toMatchObject({ rowsRead: 1, readUnits: 1 })
    await documents.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }))
    expect(used()).toMatchObject({ rowsRead: 2, readUnits: 1 + 2 })
  })

  test('A slate takes half a unit for each small row', async () => {
    for (let n = 0; n < 10; n++) await put(4096, `${n}`)
    const Keys = Array.from({ length: 12 }, (_, n) => ({ pk: 'p', sk: `${n}` }))
    await documents.send(new BatchGetCommand({ RequestItems: { [table]: { Keys } } }))
    // The two keys without a row take the least as well.
    expect(used()).toMatchObject({ rowsRead: 10, readUnits: 12 / 2 })
  })

  test('A query takes units by the sum of its rows', async () => {
    for (let n = 0; n < 10; n++) await put(1000, `${n}`)
    const query = (pk: string, ConsistentRead = false) =>
      documents.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
          ConsistentRead,
        }),
      )
    await query('p')
    // Ten rows of 1000 bytes are three times 4 KiB.
    expect(used()).toMatchObject({ rowsRead: 10, readUnits: 3 / 2 })
    await query('none')
    await query('none', true)
    expect(used()).toMatchObject({ rowsRead: 10, readUnits: 3 / 2 + 0.5 + 1 })
  })

  test('A table is measured by its rows, bytes and largest row', async () => {
    for (const [n, bytes] of [100, 3000, 700].entries()) await put(bytes, `${n}`)
    expect(await measureTable(endpoint.dynamoClient(), table)).toEqual({
      ...{ rows: 3, bytes: 3800, largestRowBytes: 3000 },
    })
  })
})
