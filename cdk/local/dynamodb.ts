import type { IncomingMessage } from 'node:http'
import {
  CreateTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  type ScalarAttributeType,
} from '@aws-sdk/client-dynamodb'
import type { RowUse } from '../../functions/contract/summary.ts'
import { type Authorize, allowAll } from './authorize.ts'
import { createEngine } from './dynalite.ts'
import { uuidOf } from './identifiers.ts'
import {
  type Answered,
  answerBatch,
  type RowChange,
  readChanges,
  type StatementBatch,
} from './partiql.ts'
import { ACCOUNT, type Caller, REGION, type Service } from './ports.ts'
import { readBody } from './request-body.ts'
import { type RowAnswer, type RowRequest, refusedWrite, rowUseOf, usesRows } from './row-use.ts'
import type { TableDeclaration } from './template/declarations.ts'

const MAX_REQUEST_BYTES = 16 * 2 ** 20
/** The operations of dynalite, and changes in batches. */
const OPERATIONS: ReadonlySet<string> = new Set([
  'BatchExecuteStatement',
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
])
/** Gets the rows of a table that a request wrote or read. */
export type CountRows = (caller: Caller, table: string, use: RowUse) => void

/**
 * DynamoDB: dynalite 4, in memory, behind the shared endpoint. It has no transactions and expires
 * nothing. `countRows` gets what each request used of a table.
 */
export function createDynamo(
  authorize: Authorize = allowAll,
  countRows: CountRows = () => {},
): Service & { close(): Promise<void> } {
  const engine = createEngine()
  let requests = 0
  return {
    signingName: 'dynamodb',
    async handle(request, response, caller) {
      const reply = ({ status, body }: Answered): void => {
        response.writeHead(status, {
          'content-type': 'application/x-amz-json-1.0',
          'x-amzn-requestid': uuidOf(`request ${++requests} to dynamodb`),
        })
        response.end(JSON.stringify(body))
      }
      const body = await readBody(request, MAX_REQUEST_BYTES)
      if (body === null) return reply(refused('SerializationException', 'a request over 16 MB'))
      const operation = operationOf(request)
      if (!OPERATIONS.has(operation))
        return reply(
          refused(
            'UnknownOperationException',
            `The local dynamodb does not support "${operation}"; it has ${[...OPERATIONS].join(', ')}`,
          ),
        )
      const input = parseInput(body)
      // dynalite would throw beyond the request's reach.
      if (!input) return reply(refused('SerializationException', 'the body is no JSON object'))
      if (asksForEmptyKey(input))
        return reply(
          refused(
            'ValidationException',
            'One or more parameter values are not valid. A value specified for a key attribute contains an empty string',
          ),
        )
      if (operation === 'BatchExecuteStatement')
        return reply(
          await changeRows(input, {
            refusal: (action, table) => refusal(action, { TableName: table }, authorize, caller),
            change: (change) => engine.change(change),
            countRows: (table, use) => countRows(caller, table, use),
          }),
        )
      const denied = refusal(operation, input, authorize, caller)
      if (denied !== null) return reply(refused('AccessDeniedException', denied))
      const isCounted = usesRows(operation)
      const asked = isCounted ? { ReturnConsumedCapacity: 'TOTAL', ...input } : input
      const answer = await engine.ask(operation, asked)
      if (isCounted)
        for (const [table, use] of readUse(operation, input, answer)) countRows(caller, table, use)
      reply(answer)
    },
    close: () => engine.close(),
  }
}

const refused = (type: string, message: string): Answered => ({
  status: 400,
  body: { __type: `com.amazon.coral.service#${type}`, message },
})

interface BatchPorts {
  /** The reason why the caller may not do the action on the table, or null. */
  refusal(action: string, table: string): string | null
  change(change: RowChange): Promise<Answered>
  countRows(table: string, use: RowUse): void
}
/** Changes rows by the statements of a batch. */
async function changeRows(
  batch: StatementBatch,
  { refusal: refuse, change, countRows }: BatchPorts,
): Promise<Answered> {
  let changes: RowChange[]
  try {
    changes = readChanges(batch)
  } catch (error) {
    return refused('ValidationException', (error as Error).message)
  }
  for (const { table, isInsert } of changes) {
    const denied = refuse(isInsert ? 'PartiQLInsert' : 'PartiQLUpdate', table)
    if (denied !== null) return refused('AccessDeniedException', denied)
  }
  const { Responses, uses } = answerBatch(changes, await Promise.all(changes.map(change)))
  for (const [table, use] of uses) countRows(table, use)
  return { status: 200, body: { Responses } }
}

const operationOf = ({ headers }: IncomingMessage): string =>
  String(headers['x-amz-target'] ?? '')
    .split('.')
    .at(-1)!

function readUse(
  operation: string,
  input: Input,
  { status, body }: Answered,
): Iterable<[string, RowUse]> {
  if (status === 200) return rowUseOf(operation, input, body as RowAnswer)
  const isRefused = body.__type?.endsWith('ConditionalCheckFailedException')
  return isRefused ? [[input.TableName!, refusedWrite(input)]] : []
}

interface Input extends RowRequest, StatementBatch {
  KeyConditionExpression?: string
  ExpressionAttributeValues?: Record<string, { S?: string }>
}
function parseInput(body: Buffer): Input | null {
  try {
    const input: unknown = JSON.parse(body.toString('utf8') || '{}')
    return input !== null && typeof input === 'object' && !Array.isArray(input) ? input : null
  } catch {
    return null
  }
}

/** What DynamoDB refuses and dynalite lets through: a key compared with an empty text. */
const asksForEmptyKey = ({ KeyConditionExpression, ExpressionAttributeValues }: Input): boolean =>
  Object.entries(ExpressionAttributeValues ?? {}).some(
    ([name, value]) =>
      value?.S === '' && new RegExp(`${name}\\b`).test(KeyConditionExpression ?? ''),
  )

/** The reason why a caller may not use the tables in its request, or null. */
function refusal(
  operation: string,
  { TableName, RequestItems }: Input,
  authorize: Authorize,
  caller: Caller,
): string | null {
  if (caller.role === null) return null
  const action = `dynamodb:${operation}`
  for (const table of TableName === undefined ? Object.keys(RequestItems ?? {}) : [TableName]) {
    const arn = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table}`
    const { allowed, reason } = authorize(caller, action, arn)
    if (!allowed) return reason
  }
  return null
}

/** Creates the declared tables over the wire, as the operator. */
export async function createTables(
  client: DynamoDBClient,
  tables: readonly TableDeclaration[],
): Promise<void> {
  for (const { name, keys } of tables)
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: keys.map((key) => ({
          AttributeName: key.name,
          AttributeType: key.type as ScalarAttributeType,
        })),
        KeySchema: keys.map(
          (key): KeySchemaElement => ({
            AttributeName: key.name,
            KeyType: key.role as 'HASH' | 'RANGE',
          }),
        ),
      }),
    )
}
