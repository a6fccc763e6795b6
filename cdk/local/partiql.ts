import type { AttributeValue, BatchStatementResponse } from '@aws-sdk/client-dynamodb'
import type { RowUse } from '../../functions/contract/summary.ts'

/**
 * The statements of `BatchExecuteStatement` that this app sends: an UPDATE of one row by its key, and an
 * INSERT of one row.
 */

/** A change of one row. */
export interface RowChange {
  table: string
  key: Record<string, AttributeValue>
  set: [name: string, value: AttributeValue][]
  remove: string[]
  /** The values that attributes must have; null: none. */
  conditions: [name: string, value: AttributeValue | null][]
  /** Whether it makes the row, which must not exist. Otherwise the row must exist. */
  isInsert: boolean
}

const NAME = '"((?:[^"]|"")+)"'
const UPDATE = new RegExp(`^UPDATE ${NAME} `)
const SET = new RegExp(`^SET ${NAME}=\\? ?`)
const REMOVE = new RegExp(`^REMOVE ${NAME} ?`)
const INSERT = new RegExp(`^INSERT INTO ${NAME} VALUE \\{(.+)\\}$`)
const FIELD = /^'((?:[^']|'')+)':\?(?:,|$)/
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

/** Takes the values of a statement in their order. */
function valuesIn(parameters: readonly AttributeValue[]) {
  let taken = 0
  return {
    next: (): AttributeValue => parameters[taken++] ?? { NULL: true },
    isDone: () => taken === parameters.length,
  }
}

const isKey = (name: string): boolean => name === 'pk' || name === 'sk'
const hasWholeKey = ({ key }: RowChange): boolean => Boolean(key['pk'] && key['sk'])
const namesOnce = ({ set, remove }: RowChange): boolean => {
  const names = [...set.map(([name]) => name), ...remove]
  return new Set(names).size === names.length
}

/** The change of an UPDATE. Null where it is no such statement, or has another number of parameters. */
function readUpdate(statement: string, parameters: readonly AttributeValue[]): RowChange | null {
  const head = UPDATE.exec(statement)
  if (!head) return null
  const set = takeAll(statement.slice(head[0].length), SET)
  const removed = takeAll(set.rest, REMOVE)
  const conditions = takeAll(removed.rest, CONDITION)
  if (conditions.rest !== '' || set.found.length + removed.found.length === 0) return null
  const values = valuesIn(parameters)
  const nameOf = ([, name]: RegExpExecArray): string => unquoted(name!)
  const change: RowChange = {
    table: nameOf(head),
    key: {},
    set: set.found.map((match) => [nameOf(match), values.next()]),
    remove: removed.found.map(nameOf),
    conditions: [],
    isInsert: false,
  }
  for (const match of conditions.found) {
    const name = nameOf(match)
    if (match[2] === ' IS MISSING') change.conditions.push([name, null])
    else if (isKey(name)) change.key[name] = values.next()
    else change.conditions.push([name, values.next()])
  }
  return values.isDone() && hasWholeKey(change) && namesOnce(change) ? change : null
}

/** The change of an INSERT, as `readUpdate`. */
function readInsert(statement: string, parameters: readonly AttributeValue[]): RowChange | null {
  const head = INSERT.exec(statement)
  if (!head) return null
  const fields = takeAll(head[2]!, FIELD)
  if (fields.rest !== '') return null
  const values = valuesIn(parameters)
  const table = unquoted(head[1]!)
  const change: RowChange = { table, key: {}, set: [], remove: [], conditions: [], isInsert: true }
  for (const [, field] of fields.found) {
    const name = field!.replaceAll("''", "'")
    if (isKey(name)) change.key[name] = values.next()
    else change.set.push([name, values.next()])
  }
  return values.isDone() && hasWholeKey(change) && namesOnce(change) ? change : null
}

interface Statement {
  Statement?: string
  Parameters?: AttributeValue[]
}
export interface StatementBatch {
  Statements?: Statement[]
}
/** The changes of a batch. Throws RangeError that says what is wrong with it. */
export function readChanges({ Statements = [] }: StatementBatch): RowChange[] {
  if (Statements.length < 1 || Statements.length > 25)
    throw new RangeError(`got ${Statements.length} statements, expected 1 to 25`)
  return Statements.map(({ Statement = '', Parameters = [] }) => {
    const change = readUpdate(Statement, Parameters) ?? readInsert(Statement, Parameters)
    if (change) return change
    throw new RangeError(
      `got the statement ${JSON.stringify(Statement)} with ${Parameters.length} parameters, expected UPDATE "table" SET "name"=? REMOVE "name" WHERE "pk"=? AND "sk"=?, and conditions with =? or IS MISSING, or INSERT INTO "table" VALUE {'pk':?,'sk':?,'name':?}`,
    )
  })
}

/** An answer of dynalite to one request. */
export interface Answered {
  status: number
  body: Record<string, unknown> & {
    __type?: string
    message?: string
    ConsumedCapacity?: { CapacityUnits?: number }
  }
}

const CODES: Readonly<Record<string, 'ConditionalCheckFailed' | 'ResourceNotFound'>> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  ResourceNotFoundException: 'ResourceNotFound',
}

/** A refused change takes the units of the row that it did not change, and at least one. */
const REFUSED_UNITS = 1

/** The answer to a batch from the answers to its changes, and what it used of each table. */
export function answerBatch(
  changes: readonly RowChange[],
  answers: readonly Answered[],
): { Responses: BatchStatementResponse[]; uses: Map<string, RowUse> } {
  const uses = new Map<string, RowUse>()
  const Responses = answers.map(({ status, body }, i): BatchStatementResponse => {
    const { table: TableName, isInsert } = changes[i]!
    const use = uses.get(TableName) ?? { rowsWritten: 0, writeUnits: 0, rowsRead: 0, readUnits: 0 }
    uses.set(TableName, use)
    if (status === 200) {
      use.rowsWritten++
      use.writeUnits += body.ConsumedCapacity?.CapacityUnits ?? 0
      return { TableName }
    }
    const Code = CODES[body.__type?.split('#').at(-1) ?? ''] ?? 'ValidationError'
    const isRefused = Code === 'ConditionalCheckFailed'
    if (isRefused) use.writeUnits += REFUSED_UNITS
    const own = isRefused && isInsert ? 'DuplicateItem' : Code
    return { TableName, Error: { Code: own, Message: body.message } }
  })
  return { Responses, uses }
}
