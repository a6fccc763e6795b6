import { type BatchStatementError, ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { BatchExecuteStatementCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import {
  type Change,
  getAll,
  placeholders,
  replacing,
  type Target,
  untilDone,
} from './dynamodb-values.ts'
import { QuartermasterError } from './errors.ts'
import { readEach } from './read-each.ts'
import type { Replacement, RowUpdate } from './tables.ts'

/**
 * Updates of many rows, 25 in a request: a request of its own for each row takes seven times the
 * processor time. Only PartiQL has updates in batches, at the same price. Its UPDATE never makes a row
 * ("PartiQL update statements", DynamoDB developer guide), so a new row takes an INSERT.
 */
const STATEMENTS_AT_ONCE = 25
/** The most characters of a statement are 8192. */
const MAX_STATEMENT = 8000
const BATCHES_AT_ONCE = 8
/** Sockets of one client: enough that the processor, not the network, is the limit. */
const UPDATES_AT_ONCE = 50

/** Errors of a statement that a later attempt can do without. */
const PASSING: ReadonlySet<string> = new Set([
  'InternalServerError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
  'ThrottlingError',
  'TransactionConflict',
])

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** An update of an existing row as a statement. The keys and the values are its parameters, in order. */
function statementOf(
  table: string,
  { pk, sk, set = {}, remove = [], ifEquals = {} }: RowUpdate,
): { Statement: string; Parameters: unknown[] } {
  const conditions = Object.entries(ifEquals)
  const present = conditions.filter(([, value]) => value !== null)
  return {
    Statement: [
      `UPDATE ${quoted(table)}`,
      ...Object.keys(set).map((name) => `SET ${quoted(name)}=?`),
      ...remove.map((name) => `REMOVE ${quoted(name)}`),
      'WHERE "pk"=? AND "sk"=?',
      ...present.map(([name]) => `AND ${quoted(name)}=?`),
      ...conditions.flatMap(([name, value]) =>
        value === null ? [`AND ${quoted(name)} IS MISSING`] : [],
      ),
    ].join(' '),
    Parameters: [...Object.values(set), pk, sk, ...present.map(([, value]) => value)],
  }
}

/** The row that an update makes where there is none, as a statement that fails where there is one. */
function insertOf(
  table: string,
  { pk, sk, set = {}, setIfNew = {} }: RowUpdate,
): { Statement: string; Parameters: unknown[] } {
  const row = { pk, sk, ...setIfNew, ...set }
  const fields = Object.keys(row).map((name) => `'${name.replaceAll("'", "''")}':?`)
  return {
    Statement: `INSERT INTO ${quoted(table)} VALUE {${fields.join(',')}}`,
    Parameters: Object.values(row),
  }
}

/** The same as an UpdateItem, which makes the row where there is none. */
function changeOf({ pk, sk, set, setIfNew, remove = [], ifEquals }: RowUpdate): Change {
  const { name, value, names, values } = placeholders()
  const sets = Object.entries(set ?? {}).map(([own, to]) => `${name(own)} = ${value(to)}`)
  for (const [own, to] of Object.entries(setIfNew ?? {})) {
    const attribute = name(own)
    sets.push(`${attribute} = if_not_exists(${attribute}, ${value(to)})`)
  }
  const clauses = [
    ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
    ...(remove.length > 0 ? [`REMOVE ${remove.map(name).join(', ')}`] : []),
  ]
  const conditions = Object.entries(ifEquals ?? {}).map(([own, to]) =>
    to === null ? `attribute_not_exists(${name(own)})` : `${name(own)} = ${value(to)}`,
  )
  return {
    Key: { pk, sk },
    UpdateExpression: clauses.join(' '),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    ...(conditions.length > 0 && { ConditionExpression: conditions.join(' AND ') }),
  }
}

/** Returns whether the change was made: false where its condition failed. */
async function makeChange({ table, client, pause }: Target, change: Change): Promise<boolean> {
  let isMade = false
  await untilDone(
    pause,
    `${table}: the row ${JSON.stringify(change.Key)} was not updated`,
    async () => {
      try {
        await client.send(new UpdateCommand({ TableName: table, ...change }))
        isMade = true
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error
      }
      return true
    },
  )
  return isMade
}

/** Whether the condition of an update holds for a row that does not exist. */
const allowsNew = ({ ifEquals = {} }: RowUpdate): boolean =>
  Object.values(ifEquals).every((value) => value === null)

type Outcome = 'made' | 'refused' | 'again'
function outcomeOf(table: string, error: BatchStatementError | undefined): Outcome {
  if (!error) return 'made'
  if (error.Code === 'ConditionalCheckFailed' || error.Code === 'DuplicateItem') return 'refused'
  if (PASSING.has(error.Code ?? '')) return 'again'
  throw new QuartermasterError(`${table}: an update failed: ${error.Code}: ${error.Message}`)
}

type StatementOf = (
  table: string,
  update: RowUpdate,
) => { Statement: string; Parameters: unknown[] }

/** Makes updates in one request. Returns for each whether it was made. */
async function updateBatch(
  { table, client, pause }: Target,
  updates: readonly RowUpdate[],
  write: StatementOf,
): Promise<boolean[]> {
  const made = updates.map(() => false)
  let left = updates.map((update, i) => ({ i, statement: write(table, update) }))
  await untilDone(pause, `${table}: ${updates.length} rows were not all updated`, async () => {
    const Statements = left.map(({ statement }) => statement)
    const { Responses = [] } = await client.send(new BatchExecuteStatementCommand({ Statements }))
    left = left.filter(({ i }, n) => {
      const outcome = outcomeOf(table, Responses[n]?.Error)
      made[i] = outcome === 'made'
      return outcome === 'again'
    })
    return left.length === 0
  })
  return made
}

/** Makes some of the updates in batches, and marks those that were made. */
async function updateInBatches(
  target: Target,
  updates: readonly RowUpdate[],
  chosen: readonly number[],
  write: StatementOf,
  made: boolean[],
): Promise<void> {
  const batches = Array.from({ length: Math.ceil(chosen.length / STATEMENTS_AT_ONCE) }, (_, n) =>
    chosen.slice(n * STATEMENTS_AT_ONCE, (n + 1) * STATEMENTS_AT_ONCE),
  )
  await readEach(
    batches,
    async (batch) => {
      const rows = batch.map((i) => updates[i]!)
      const done = await updateBatch(target, rows, write)
      for (const [n, i] of batch.entries()) made[i] = done[n]!
    },
    BATCHES_AT_ONCE,
  )
}

/** As the port's `updateAll`. The updates are of different rows. */
export async function updateAll(target: Target, updates: readonly RowUpdate[]): Promise<boolean[]> {
  const made = updates.map(() => false)
  const isShort = (i: number, write: StatementOf): boolean =>
    write(target.table, updates[i]!).Statement.length <= MAX_STATEMENT
  const all = [...updates.keys()]
  const existing = all.filter((i) => isShort(i, statementOf))
  await updateInBatches(target, updates, existing, statementOf, made)
  const mayMake = (i: number): boolean => !made[i] && allowsNew(updates[i]!)
  const fresh = all.filter((i) => mayMake(i) && isShort(i, insertOf))
  await updateInBatches(target, updates, fresh, insertOf, made)
  // Another writer made the row meanwhile, or the statement is too long.
  const isLong = new Set(all.filter((i) => !isShort(i, statementOf)))
  await readEach(
    all.filter((i) => mayMake(i) || (!made[i] && isLong.has(i))),
    async (i) => {
      made[i] = await makeChange(target, changeOf(updates[i]!))
    },
    UPDATES_AT_ONCE,
  )
  return made
}

const madeBy = (replacement: Replacement): RowUpdate => {
  const { pk, sk, attribute, value, previous, set } = replacement
  return { pk, sk, set: { ...set, [attribute]: value, [previous]: null } }
}

/**
 * As the port's `replaceAll`. Rows that do not exist are made in batches: one eventually consistent read
 * tells which. Each other row takes an UpdateItem, as PartiQL has no `if_not_exists`.
 */
export async function replaceAll(
  target: Target,
  replacements: readonly Replacement[],
): Promise<boolean[]> {
  const made = replacements.map(() => false)
  const known = await getAll(target, replacements, { attributes: [] })
  const fresh = [...replacements.keys()].filter((i) => known[i] === null)
  await updateInBatches(target, replacements.map(madeBy), fresh, insertOf, made)
  await readEach(
    [...replacements.keys()].filter((i) => !made[i]),
    async (i) => {
      made[i] = await makeChange(target, replacing(replacements[i]!))
    },
    UPDATES_AT_ONCE,
  )
  return made
}
