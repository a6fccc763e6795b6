import type { AttributeValue, BatchStatementResponse } from '@aws-sdk/client-dynamodb'
import type { RowUse } from '../../functions/contract/summary.ts'

/**
 * The statements of `BatchExecuteStatement` that this app sends: an UPDATE of one row by its key.
 * They become UpdateItem requests, which dynalite has.
 */

/** An UpdateItem request. */
export interface RowUpdateRequest {
  TableName: string
  Key: Record<string, AttributeValue>
  UpdateExpression: string
  ConditionExpression: string
  ExpressionAttributeNames: Record<string, string>
  ExpressionAttributeValues?: Record<string, AttributeValue>
}

const NAME = '"((?:[^"]|"")+)"'
const UPDATE = new RegExp(`^UPDATE ${NAME} `)
const SET = new RegExp(`^SET ${NAME}=\\? ?`)
const REMOVE = new RegExp(`^REMOVE ${NAME} ?`)
const CONDITION = new RegExp(`^(?:WHERE|AND) ${NAME}(=\\?| IS MISSING) ?`)

const unquoted = (name: string): string => name.replaceAll('""', '"')

/** Takes the matches of a pattern off the front of a text, as long as there are any. */
function takeAll(text: string, pattern: RegExp): { found: RegExpExecArray[]; rest: string } {
  const found: RegExpExecArray[] = []
  let rest = text
  for (let match = pattern.exec(rest); match; match = pattern.exec(rest)) {
    found.push(match)
    rest = rest.slice(match[0].length)
  }
  return { found, rest }
}

/**
 * The request of a statement. Null where it is no such statement, or has another number of parameters.
 * An UPDATE never makes a row, so the request has that condition.
 */
function readUpdate(
  statement: string,
  parameters: readonly AttributeValue[],
): RowUpdateRequest | null {
  const head = UPDATE.exec(statement)
  if (!head) return null
  const set = takeAll(statement.slice(head[0].length), SET)
  const removed = takeAll(set.rest, REMOVE)
  const conditions = takeAll(removed.rest, CONDITION)
  if (conditions.rest !== '' || set.found.length + removed.found.length === 0) return null
  const names: Record<string, string> = {}
  const values: Record<string, AttributeValue> = {}
  const left = [...parameters]
  const nameOf = ([, name]: RegExpExecArray): string => {
    const placeholder = `#n${Object.keys(names).length}`
    names[placeholder] = unquoted(name!)
    return placeholder
  }
  const nextValue = (): string => {
    const placeholder = `:v${Object.keys(values).length}`
    const value = left.shift()
    if (value) values[placeholder] = value
    return placeholder
  }
  const sets = set.found.map((match) => `${nameOf(match)} = ${nextValue()}`)
  const removes = removed.found.map(nameOf)
  const Key: Record<string, AttributeValue> = {}
  const needed = ['attribute_exists(pk)']
  for (const match of conditions.found) {
    const name = unquoted(match[1]!)
    if (match[2] === ' IS MISSING') needed.push(`attribute_not_exists(${nameOf(match)})`)
    else if (name === 'pk' || name === 'sk') {
      const value = left.shift()
      if (value) Key[name] = value
    } else needed.push(`${nameOf(match)} = ${nextValue()}`)
  }
  const expected = parameters.length - left.length
  const used = set.found.length + conditions.found.filter(([, , test]) => test === '=?').length
  if (left.length > 0 || used !== expected || !Key['pk'] || !Key['sk']) return null
  return {
    TableName: unquoted(head[1]!),
    Key,
    UpdateExpression: [
      ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
      ...(removes.length > 0 ? [`REMOVE ${removes.join(', ')}`] : []),
    ].join(' '),
    ConditionExpression: needed.join(' AND '),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  }
}

interface Statement {
  Statement?: string
  Parameters?: AttributeValue[]
}
export interface StatementBatch {
  Statements?: Statement[]
}
/** The requests of a batch. Throws RangeError that says what is wrong with it. */
export function readUpdates({ Statements = [] }: StatementBatch): RowUpdateRequest[] {
  if (Statements.length < 1 || Statements.length > 25)
    throw new RangeError(`got ${Statements.length} statements, expected 1 to 25`)
  return Statements.map(({ Statement = '', Parameters = [] }) => {
    const update = readUpdate(Statement, Parameters)
    if (update) return update
    throw new RangeError(
      `got the statement ${JSON.stringify(Statement)} with ${Parameters.length} parameters, expected UPDATE "table" SET "name"=? REMOVE "name" WHERE "pk"=? AND "sk"=?, and conditions with =? or IS MISSING`,
    )
  })
}

/** An answer of dynalite to one request. */
export interface Answered {
  status: number
  body: {
    __type?: string
    message?: string
    ConsumedCapacity?: { CapacityUnits?: number }
  }
}
const CODES: Readonly<Record<string, 'ConditionalCheckFailed' | 'ResourceNotFound'>> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  ResourceNotFoundException: 'ResourceNotFound',
}

/** A refused update takes the units of the row that it did not change, and at least one. */
const REFUSED_UNITS = 1

/** The answer to a batch from the answers to its updates, and what it used of each table. */
export function answerBatch(
  updates: readonly RowUpdateRequest[],
  answers: readonly Answered[],
): { Responses: BatchStatementResponse[]; uses: Map<string, RowUse> } {
  const uses = new Map<string, RowUse>()
  const Responses = answers.map(({ status, body }, i): BatchStatementResponse => {
    const { TableName } = updates[i]!
    const use = uses.get(TableName) ?? { rowsWritten: 0, writeUnits: 0, rowsRead: 0, readUnits: 0 }
    uses.set(TableName, use)
    if (status === 200) {
      use.rowsWritten++
      use.writeUnits += body.ConsumedCapacity?.CapacityUnits ?? 0
      return { TableName }
    }
    const Code = CODES[body.__type?.split('#').at(-1) ?? ''] ?? 'ValidationError'
    if (Code === 'ConditionalCheckFailed') use.writeUnits += REFUSED_UNITS
    return { TableName, Error: { Code, Message: body.message } }
  })
  return { Responses, uses }
}
