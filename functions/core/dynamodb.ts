import { setTimeout } from 'node:timers/promises'
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { replaceAll, updateAll } from './dynamodb-updates.ts'
import { getAll, type Pause, type Target, untilDone } from './dynamodb-values.ts'
import { readEach } from './read-each.ts'
import type { RowKey, TableRow, TableStore } from './tables.ts'

const BATCH = 25
export const documentClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient(), {
    marshallOptions: { removeUndefinedValues: true },
  })

type WriteRequest = { PutRequest: { Item: TableRow } } | { DeleteRequest: { Key: RowKey } }

const withoutKeys = ({ pk: _pk, sk: _sk, ...row }: TableRow): TableRow => row

/** The condition that each of these attributes still has its value. */
const unchanged = (expected: [attribute: string, value: string | number][]) => ({
  ConditionExpression: expected.map((_, i) => `#a${i} = :v${i}`).join(' AND '),
  ExpressionAttributeNames: Object.fromEntries(expected.map(([name], i) => [`#a${i}`, name])),
  ExpressionAttributeValues: Object.fromEntries(expected.map(([, value], i) => [`:v${i}`, value])),
})

async function conditional(
  { client, table }: Target,
  Item: TableRow,
  condition: Omit<PutCommandInput, 'TableName' | 'Item'>,
): Promise<boolean> {
  try {
    await client.send(new PutCommand({ TableName: table, Item, ...condition }))
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

async function allPages({ client, table }: Target, query: Omit<QueryCommandInput, 'TableName'>) {
  const rows: (TableRow & { sk: string })[] = []
  let start: Record<string, unknown> | undefined
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        ...query,
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    )
    for (const item of page.Items ?? [])
      rows.push({ ...withoutKeys(item), sk: item['sk'] as string })
    start = page.LastEvaluatedKey
  } while (start)
  return rows
}

/**
 * A query for the rows of a partition whose sort key begins with `skPrefix`, or is at least
 * `skFrom` and at most that prefix.
 */
function queryFor(pk: string, skPrefix: string, skFrom: string | undefined) {
  if (skFrom !== undefined)
    return {
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      // No sort key of this system sorts after this character.
      ExpressionAttributeValues: { ':pk': pk, ':from': skFrom, ':to': `${skPrefix}\uffff` },
      ConsistentRead: true,
    }
  // DynamoDB rejects an empty key condition, although an empty prefix would match every key.
  const isWhole = skPrefix === ''
  return {
    KeyConditionExpression: isWhole ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :sk)',
    ExpressionAttributeValues: { ':pk': pk, ...(isWhole ? {} : { ':sk': skPrefix }) },
    ConsistentRead: true,
  }
}

async function writeBatch(
  { client, table, pause }: Target,
  requests: readonly WriteRequest[],
): Promise<void> {
  let left: readonly WriteRequest[] = requests
  await untilDone(pause, `${table}: ${requests.length} rows were not all written`, async () => {
    const answer = await client.send(
      new BatchWriteCommand({ RequestItems: { [table]: [...left] } }),
    )
    left = (answer.UnprocessedItems?.[table] ?? []) as WriteRequest[]
    return left.length === 0
  })
}

/** Puts or deletes of different keys, in concurrent batches. */
async function writeAll(target: Target, requests: readonly WriteRequest[]): Promise<void> {
  const starts = Array.from({ length: Math.ceil(requests.length / BATCH) }, (_, n) => n * BATCH)
  await readEach(starts, (start) => writeBatch(target, requests.slice(start, start + BATCH)))
}

const IF_ABSENT = { ConditionExpression: 'attribute_not_exists(pk)' }

/** The DynamoDB implementation of the port. Errors of the SDK are thrown unchanged. */
export function dynamoTable(
  table: string,
  client: DynamoDBDocumentClient,
  pause: Pause = setTimeout,
): TableStore {
  const target: Target = { table, client, pause }
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
    putIfAbsent: (pk, sk, row) => conditional(target, { ...row, pk, sk }, IF_ABSENT),
    putIfUnchanged: (pk, sk, row, expected) =>
      conditional(
        target,
        { ...row, pk, sk },
        expected === null ? IF_ABSENT : unchanged(Object.entries(expected)),
      ),
    putIfGreater: (pk, sk, row, attribute) =>
      conditional(
        target,
        { ...row, pk, sk },
        {
          ConditionExpression: 'attribute_not_exists(#attribute) OR #attribute < :ours',
          ExpressionAttributeNames: { '#attribute': attribute },
          ExpressionAttributeValues: { ':ours': row[attribute] },
        },
      ),
    query: (pk, skPrefix, skFrom) => allPages(target, queryFor(pk, skPrefix, skFrom)),
    queryFrom: (pk, skFrom) =>
      allPages(target, {
        KeyConditionExpression: skFrom === '' ? 'pk = :pk' : 'pk = :pk AND sk >= :sk',
        ExpressionAttributeValues: { ':pk': pk, ...(skFrom === '' ? {} : { ':sk': skFrom }) },
      }),
    putAll: (rows) =>
      writeAll(
        target,
        rows.map(({ pk, sk, row }) => ({ PutRequest: { Item: { ...row, pk, sk } } })),
      ),
    deleteAll: (keys) =>
      writeAll(
        target,
        keys.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } })),
      ),
    getAll: (keys, options) => getAll(target, keys, options),
    updateAll: (updates) => updateAll(target, updates),
    replaceAll: (replacements) => replaceAll(target, replacements),
  }
}
