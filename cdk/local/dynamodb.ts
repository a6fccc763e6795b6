import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import {
  CreateTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  type ScalarAttributeType,
} from '@aws-sdk/client-dynamodb'
import type { RowUse } from '../../functions/contract/summary.ts'
import { type Authorize, allowAll } from './authorize.ts'
import { type Answered, answerBatch, readUpdates, type StatementBatch } from './partiql.ts'
import { ACCOUNT, type Caller, REGION, type Service } from './ports.ts'
import { readBody } from './request-body.ts'
import { type RowAnswer, type RowRequest, refusedWrite, rowUseOf, usesRows } from './row-use.ts'
import type { TableDeclaration } from './template/declarations.ts'

const MAX_REQUEST_BYTES = 16 * 2 ** 20
/** The operations of dynalite, and updates in batches. It refuses all others without a message. */
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
/** The package has no types. */
const dynalite: (options: Record<string, number>) => Server = createRequire(import.meta.url)(
  'dynalite',
)

/** Gets the rows of a table that a request wrote or read. */
export type CountRows = (caller: Caller, table: string, use: RowUse) => void

/**
 * DynamoDB: dynalite 4, in memory, behind the shared endpoint. Requests are handed to its server
 * without another hop. It has no transactions and expires nothing. Every answer states its consumed
 * capacity, asked for or not, and `countRows` gets it.
 */
export function createDynamo(
  authorize: Authorize = allowAll,
  countRows: CountRows = () => {},
): Service & { close(): Promise<void> } {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  return {
    signingName: 'dynamodb',
    async handle(request, response, caller) {
      const body = await readBody(request, MAX_REQUEST_BYTES)
      const refuse = (type: string, message: string): void => {
        response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' })
        response.end(JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message }))
      }
      if (body === null) return refuse('SerializationException', 'a request over 16 MB')
      const operation = operationOf(request)
      if (!OPERATIONS.has(operation))
        return refuse(
          'UnknownOperationException',
          `The local dynamodb does not support "${operation}"; it has ${[...OPERATIONS].join(', ')}`,
        )
      const input = parseInput(body)
      // dynalite would throw beyond the request's reach.
      if (!input) return refuse('SerializationException', 'the body is no JSON object')
      if (asksForEmptyKey(input))
        return refuse(
          'ValidationException',
          'One or more parameter values are not valid. A value specified for a key attribute contains an empty string',
        )
      if (operation === 'BatchExecuteStatement') {
        const { status, type, answer } = await updateRows(input, {
          authorize: (table) => refusal('PartiQLUpdate', { TableName: table }, authorize, caller),
          update: (sent) => askForUpdate(server, request, sent),
          countRows: (table, use) => countRows(caller, table, use),
        })
        if (status !== 200) return refuse(type, answer.message!)
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
        return void response.end(JSON.stringify(answer))
      }
      const denied = refusal(operation, input, authorize, caller)
      if (denied !== null) return refuse('AccessDeniedException', denied)
      const { method, url } = request
      const isCounted = usesRows(operation)
      const sent = isCounted
        ? Buffer.from(JSON.stringify({ ReturnConsumedCapacity: 'TOTAL', ...input }))
        : body
      if (isCounted)
        onAnswer(response, (answer) => {
          for (const [table, use] of readUse(operation, input, response.statusCode, answer))
            countRows(caller, table, use)
        })
      const headers = { ...request.headers, 'content-length': String(sent.length) }
      server.emit('request', Object.assign(streamOf(sent), { method, url, headers }), response)
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function streamOf(bytes: Buffer): Readable {
  const stream = new Readable({ read: () => undefined })
  stream.push(bytes)
  stream.push(null)
  return stream
}

/** Asks dynalite for an UpdateItem, with the signature of the batch that it came in. */
const askForUpdate = (
  server: Server,
  { method, url, headers }: IncomingMessage,
  update: object,
): Promise<Answered> =>
  new Promise((resolve) => {
    const sent = Buffer.from(JSON.stringify({ ReturnConsumedCapacity: 'TOTAL', ...update }))
    const own = {
      ...headers,
      'content-length': String(sent.length),
      'x-amz-target': 'DynamoDB_20120810.UpdateItem',
    }
    const answer = {
      statusCode: 200,
      setHeader: () => undefined,
      end: (body: string) => resolve({ status: answer.statusCode, body: JSON.parse(body) }),
    }
    server.emit('request', Object.assign(streamOf(sent), { method, url, headers: own }), answer)
  })

interface BatchPorts {
  /** The reason why the caller may not update the table, or null. */
  authorize(table: string): string | null
  update(request: object): Promise<Answered>
  countRows(table: string, use: RowUse): void
}
/** Updates rows by the statements of a batch. */
async function updateRows(
  batch: StatementBatch,
  { authorize, update, countRows }: BatchPorts,
): Promise<{ status: number; type: string; answer: { message?: string } }> {
  const refused = (type: string, message: string) => ({ status: 400, type, answer: { message } })
  let updates: ReturnType<typeof readUpdates>
  try {
    updates = readUpdates(batch)
  } catch (error) {
    return refused('ValidationException', (error as Error).message)
  }
  for (const table of new Set(updates.map(({ TableName }) => TableName))) {
    const denied = authorize(table)
    if (denied !== null) return refused('AccessDeniedException', denied)
  }
  const answers: Answered[] = []
  for (const one of updates) answers.push(await update(one))
  const { Responses, uses } = answerBatch(updates, answers)
  for (const [table, use] of uses) countRows(table, use)
  return { status: 200, type: '', answer: { Responses } as object }
}

const operationOf = ({ headers }: IncomingMessage): string =>
  String(headers['x-amz-target'] ?? '')
    .split('.')
    .at(-1)!

/** Calls `see` with the body of a response. The server sends it whole. */
function onAnswer(response: ServerResponse, see: (body: string) => void): void {
  const end = response.end.bind(response) as (body: string) => ServerResponse
  response.end = ((body: string) => {
    see(body)
    return end(body)
  }) as ServerResponse['end']
}

function readUse(
  operation: string,
  input: Input,
  status: number,
  answer: string,
): Iterable<[string, RowUse]> {
  const parsed = JSON.parse(answer) as RowAnswer & { __type?: string }
  if (status === 200) return rowUseOf(operation, input, parsed)
  const isRefused = parsed.__type?.endsWith('ConditionalCheckFailedException')
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
