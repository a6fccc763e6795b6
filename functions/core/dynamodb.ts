import { setTimeout as pause } from 'node:timers/promises'
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { QuartermasterError } from './errors.ts'
import { readEach } from './read-each.ts'
import type { TableRow, TableStore } from './tables.ts'

const BATCH = 25
/** Of one batch: half a minute in all, in which a table on demand grows to what is asked of it. */
const ATTEMPTS = 10
const LONGEST_PAUSE_MS = 8000
/** What the SDK throws once its own retries are used up: no row of the request was written. */
const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
])

export const documentClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient(), {
    marshallOptions: { removeUndefinedValues: true },
  })

type PutRequests = { PutRequest: { Item: TableRow } }[]

const withoutKeys = ({ pk: _pk, sk: _sk, ...row }: TableRow): TableRow => row

/** The condition that each of these attributes has its value. */
const unchanged = (expected: [attribute: string, value: string | number][]) => ({
  ConditionExpression: expected.map((_, i) => `#a${i} = :v${i}`).join(' AND '),
  ExpressionAttributeNames: Object.fromEntries(expected.map(([name], i) => [`#a${i}`, name])),
  ExpressionAttributeValues: Object.fromEntries(expected.map(([, value], i) => [`:v${i}`, value])),
})

/** The DynamoDB implementation of the port. Faults are thrown as the SDK gives them. */
export function dynamoTable(table: string, client: DynamoDBDocumentClient): TableStore {
  async function conditional(command: PutCommand): Promise<boolean> {
    try {
      await client.send(command)
      return true
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false
      throw error
    }
  }
  async function allPages(question: Omit<QueryCommandInput, 'TableName'>) {
    const rows: (TableRow & { sk: string })[] = []
    let start: Record<string, unknown> | undefined
    do {
      const page = await client.send(
        new QueryCommand({
          TableName: table,
          ...question,
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      )
      for (const item of page.Items ?? [])
        rows.push({ ...withoutKeys(item), sk: item['sk'] as string })
      start = page.LastEvaluatedKey
    } while (start)
    return rows
  }
  /** Answers what was not written, which may be all. */
  async function writeBatch(requests: PutRequests): Promise<PutRequests> {
    try {
      const RequestItems = { [table]: requests }
      const answer = await client.send(new BatchWriteCommand({ RequestItems }))
      return (answer.UnprocessedItems?.[table] ?? []) as PutRequests
    } catch (error) {
      if (THROTTLED.has((error as Error).name)) return requests
      throw error
    }
  }
  async function putBatch(items: readonly TableRow[]): Promise<void> {
    let left: PutRequests = items.map((Item) => ({ PutRequest: { Item } }))
    for (let attempt = 0; left.length > 0; attempt++) {
      if (attempt === ATTEMPTS)
        throw new QuartermasterError(`${left.length} rows of ${table} stayed unprocessed`)
      if (attempt > 0) await pause(Math.min(LONGEST_PAUSE_MS, 25 * 2 ** attempt))
      left = await writeBatch(left)
    }
  }

  return {
    table,
    async get(pk, sk) {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: { pk, sk }, ConsistentRead: true }),
      )
      return Item ? withoutKeys(Item) : null
    },
    async put(pk, sk, row) {
      await client.send(new PutCommand({ TableName: table, Item: { ...row, pk, sk } }))
    },
    putIfAbsent: (pk, sk, row) =>
      conditional(
        new PutCommand({
          TableName: table,
          Item: { ...row, pk, sk },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    putIfUnchanged: (pk, sk, row, expected) =>
      conditional(
        new PutCommand({
          TableName: table,
          Item: { ...row, pk, sk },
          ...(expected === null
            ? { ConditionExpression: 'attribute_not_exists(pk)' }
            : unchanged(Object.entries(expected))),
        }),
      ),
    putIfGreater: (pk, sk, row, attribute) =>
      conditional(
        new PutCommand({
          TableName: table,
          Item: { ...row, pk, sk },
          ConditionExpression: 'attribute_not_exists(#attribute) OR #attribute < :ours',
          ExpressionAttributeNames: { '#attribute': attribute },
          ExpressionAttributeValues: { ':ours': row[attribute] },
        }),
      ),
    query: (pk, skPrefix, skFrom) =>
      allPages(
        skFrom === undefined
          ? {
              // DynamoDB takes no empty text for a key, though everything begins with it.
              KeyConditionExpression:
                skPrefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :sk)',
              ExpressionAttributeValues: {
                ':pk': pk,
                ...(skPrefix === '' ? {} : { ':sk': skPrefix }),
              },
              ConsistentRead: true,
            }
          : {
              KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
              // No sort key of ours has a character behind this one.
              ExpressionAttributeValues: { ':pk': pk, ':from': skFrom, ':to': `${skPrefix}\uffff` },
              ConsistentRead: true,
            },
      ),
    queryFrom: (pk, skFrom) =>
      allPages({
        KeyConditionExpression: skFrom === '' ? 'pk = :pk' : 'pk = :pk AND sk >= :sk',
        ExpressionAttributeValues: { ':pk': pk, ...(skFrom === '' ? {} : { ':sk': skFrom }) },
      }),
    async putAll(rows) {
      const items = rows.map(({ pk, sk, row }) => ({ ...row, pk, sk }))
      const starts = Array.from({ length: Math.ceil(items.length / BATCH) }, (_, n) => n * BATCH)
      await readEach(starts, (start) => putBatch(items.slice(start, start + BATCH)))
    },
  }
}
