import type { KeysAndAttributes } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { QuartermasterError } from './errors.ts'
import { readEach } from './read-each.ts'
import type { ReadOptions, Replacement, RowKey, TableRow } from './tables.ts'

/** Reads and replacements of many rows of a table. */

/** Waits some milliseconds before a further attempt. */
export type Pause = (ms: number) => Promise<unknown>

/** A table and its client. */
export interface Target {
  table: string
  client: DynamoDBDocumentClient
  pause: Pause
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
export async function untilDone(
  pause: Pause,
  failure: string,
  attempt: () => Promise<boolean>,
): Promise<void> {
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

export type Change = Omit<UpdateCommandInput, 'TableName'>

/** Placeholders of names and values: names have dots, and may be reserved words. */
export function placeholders() {
  const names: Record<string, string> = {}
  const values: Record<string, unknown> = {}
  return {
    names,
    values,
    name(name: string): string {
      const placeholder = `#n${Object.keys(names).length}`
      names[placeholder] = name
      return placeholder
    },
    value(value: unknown): string {
      const placeholder = `:v${Object.keys(values).length}`
      values[placeholder] = value
      return placeholder
    },
  }
}

export function replacing(replacement: Replacement): Change {
  const { pk, sk, set = {} } = replacement
  const { name, value, names, values } = placeholders()
  const attribute = name(replacement.attribute)
  const sets = [
    `${name(replacement.previous)} = if_not_exists(${attribute}, ${value(null)})`,
    `${attribute} = ${value(replacement.value)}`,
    ...Object.entries(set).map(([own, to]) => `${name(own)} = ${value(to)}`),
  ]
  const ours = value(replacement.value[replacement.order])
  return {
    Key: { pk, sk },
    UpdateExpression: `SET ${sets.join(', ')}`,
    ConditionExpression: `attribute_not_exists(${attribute}) OR ${attribute}.${name(replacement.order)} < ${ours}`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  }
}

const nameOf = ({ pk, sk }: RowKey): string => `${pk}\n${sk}`

/** Which attributes of rows are read. Absent: all. */
type Projection = Pick<KeysAndAttributes, 'ProjectionExpression' | 'ExpressionAttributeNames'>
function projecting(attributes: readonly string[] | undefined): Projection {
  if (!attributes) return {}
  const { name, names } = placeholders()
  const ProjectionExpression = ['pk', 'sk', ...attributes].map(name).join(', ')
  return { ProjectionExpression, ExpressionAttributeNames: names }
}

async function getBatch(
  { table, client, pause }: Target,
  keys: readonly RowKey[],
  read: Projection & { ConsistentRead: boolean },
  found: Map<string, TableRow>,
): Promise<void> {
  let left: RowKey[] = keys.map(({ pk, sk }) => ({ pk, sk }))
  await untilDone(pause, `${table}: ${keys.length} rows were not all read`, async () => {
    const answer = await client.send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: left, ...read } } }),
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
  { isConsistent = false, attributes }: ReadOptions = {},
): Promise<(TableRow | null)[]> {
  const read = { ConsistentRead: isConsistent, ...projecting(attributes) }
  const different = [...new Map(keys.map((key) => [nameOf(key), key])).values()]
  const starts = Array.from(
    { length: Math.ceil(different.length / KEYS_AT_ONCE) },
    (_, n) => n * KEYS_AT_ONCE,
  )
  const found = new Map<string, TableRow>()
  await readEach(starts, (start) =>
    getBatch(target, different.slice(start, start + KEYS_AT_ONCE), read, found),
  )
  return keys.map((key) => found.get(nameOf(key)) ?? null)
}
