import { setTimeout as pause } from 'node:timers/promises'
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { QuartermasterError } from './errors.ts'
import { readEach } from './read-each.ts'
import type { Replacement, RowKey, RowUpdate, TableRow } from './tables.ts'

/** Reads and updates of many rows of a table. */

/** A table and its client. */
export interface Target {
  table: string
  client: DynamoDBDocumentClient
}

/** The most keys of one BatchGetItem. */
const KEYS_AT_ONCE = 100
/**
 * Attempts at one request: 25 ms to 8 s apart, 100 s in all. So a table that throttles for a minute
 * delays a writer and fails none, and an on-demand table can scale up.
 */
const ATTEMPTS = 20
const LONGEST_PAUSE_MS = 8000
/** Errors that the SDK throws after its own retries. Nothing of the request was done. */
const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
])

/** Attempts a request until it is done: the table throttles it, or does only a part of it. */
export async function untilDone(failure: string, attempt: () => Promise<boolean>): Promise<void> {
  for (let made = 0; made < ATTEMPTS; made++) {
    if (made > 0) await pause(Math.min(LONGEST_PAUSE_MS, 25 * 2 ** made))
    try {
      if (await attempt()) return
    } catch (error) {
      if (!THROTTLED.has((error as Error).name)) throw error
    }
  }
  throw new QuartermasterError(`${failure} in ${ATTEMPTS} attempts: the table throttles`)
}

type Change = Omit<UpdateCommandInput, 'TableName'>

/** Every name is a placeholder, because names have dots and may be reserved words. */
export function updating({ pk, sk, set = {}, remove = [], ifEquals }: RowUpdate): Change {
  const names: Record<string, string> = {}
  const values: Record<string, unknown> = {}
  const sets = Object.entries(set).map(([name, value], i) => {
    names[`#s${i}`] = name
    values[`:s${i}`] = value
    return `#s${i} = :s${i}`
  })
  const removes = remove.map((name, i) => {
    names[`#r${i}`] = name
    return `#r${i}`
  })
  const clauses = [
    ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
    ...(removes.length > 0 ? [`REMOVE ${removes.join(', ')}`] : []),
  ]
  if (ifEquals) names['#if'] = ifEquals.attribute
  if (ifEquals && ifEquals.value !== null) values[':if'] = ifEquals.value
  return {
    Key: { pk, sk },
    UpdateExpression: clauses.join(' '),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    ...(ifEquals && {
      ConditionExpression: ifEquals.value === null ? 'attribute_not_exists(#if)' : '#if = :if',
    }),
  }
}

export const replacing = ({ pk, sk, attribute, value, previous, order }: Replacement): Change => ({
  Key: { pk, sk },
  UpdateExpression: 'SET #previous = if_not_exists(#attribute, :none), #attribute = :value',
  ConditionExpression: 'attribute_not_exists(#attribute) OR #attribute.#order < :order',
  ExpressionAttributeNames: { '#attribute': attribute, '#previous': previous, '#order': order },
  ExpressionAttributeValues: { ':value': value, ':order': value[order], ':none': null },
})

/** Returns whether the change was made: false where its condition failed. */
export async function makeChange({ table, client }: Target, change: Change): Promise<boolean> {
  let isMade = false
  await untilDone(`${table}: the row ${JSON.stringify(change.Key)} was not updated`, async () => {
    try {
      await client.send(new UpdateCommand({ TableName: table, ...change }))
      isMade = true
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
    }
    return true
  })
  return isMade
}

const nameOf = ({ pk, sk }: RowKey): string => `${pk}\n${sk}`

async function getBatch(
  { table, client }: Target,
  keys: readonly RowKey[],
  ConsistentRead: boolean,
  found: Map<string, TableRow>,
): Promise<void> {
  let left: RowKey[] = keys.map(({ pk, sk }) => ({ pk, sk }))
  await untilDone(`${table}: ${keys.length} rows were not all read`, async () => {
    const answer = await client.send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: left, ConsistentRead } } }),
    )
    for (const { pk, sk, ...row } of answer.Responses?.[table] ?? [])
      found.set(nameOf({ pk, sk }), row)
    left = (answer.UnprocessedKeys?.[table]?.Keys ?? []) as RowKey[]
    return left.length === 0
  })
}

/** As the port's `getAll`: one BatchGetItem for every hundred different keys. */
export async function getAll(
  target: Target,
  keys: readonly RowKey[],
  isConsistent: boolean,
): Promise<(TableRow | null)[]> {
  const different = [...new Map(keys.map((key) => [nameOf(key), key])).values()]
  const starts = Array.from(
    { length: Math.ceil(different.length / KEYS_AT_ONCE) },
    (_, n) => n * KEYS_AT_ONCE,
  )
  const found = new Map<string, TableRow>()
  await readEach(starts, (start) =>
    getBatch(target, different.slice(start, start + KEYS_AT_ONCE), isConsistent, found),
  )
  return keys.map((key) => found.get(nameOf(key)) ?? null)
}
