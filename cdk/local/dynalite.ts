import { createRequire } from 'node:module'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Answered, RowChange } from './partiql.ts'

/**
 * The engine of dynalite 4, in memory. Its HTTP server is left out: it reads each request a second time,
 * and a change from a batch needs no expression to parse. The package has no types.
 */

type Done<T> = (error: Failure | null, answer?: T) => void
interface Failure extends Error {
  statusCode?: number
  body?: Answered['body']
}
interface Table {
  TableStatus: string
}
interface Store {
  db: { close(done: () => void): void }
  getTable(name: string, done: Done<Table> | boolean, doneChecked?: Done<Table>): void
}
interface Action {
  types: object
  custom: unknown
  run(store: Store, data: object, done: Done<Answered['body']>): void
}
interface Validations {
  checkTypes(data: object, types: object): object
  checkValidations(data: object, types: object, custom: unknown, store: Store): void
  validateAttributeValue(value: AttributeValue): string | undefined
}

const load = createRequire(import.meta.url)
const { create }: { create(options: object): Store } = load('dynalite/db')
const validations: Validations = load('dynalite/validations')
function actionOf(operation: string): Action {
  const name = `${operation[0]!.toLowerCase()}${operation.slice(1)}`
  const { types, custom } = load(`dynalite/validations/${name}`)
  return { types, custom, run: load(`dynalite/actions/${name}`) }
}

/** The rows of these operations change or show; a table stays as it is. */
const ROW_OPERATIONS: ReadonlySet<string> = new Set([
  ...['BatchGetItem', 'BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan'],
  'UpdateItem',
])

/** Remembers active tables: dynalite would read and parse a table's description for each row. */
function rememberTables(store: Store): { forget(): void } {
  const active = new Map<string, Table>()
  const read = store.getTable
  store.getTable = (name, done, doneChecked) => {
    if (typeof done === 'boolean') return read(name, done, doneChecked)
    const known = active.get(name)
    if (known) return void done(null, known)
    read(name, (error, table) => {
      if (table?.TableStatus === 'ACTIVE') active.set(name, table)
      done(error, table)
    })
  }
  return { forget: () => active.clear() }
}

const PARAMETERS = { Parameters: { type: 'List', children: 'AttrStruct<ValueStruct>' } }
/** Throws what dynalite throws for wrong values. */
function checkValues(values: readonly AttributeValue[]): void {
  validations.checkTypes({ Parameters: values }, PARAMETERS)
  for (const value of values) {
    const message = validations.validateAttributeValue(value)
    if (message === undefined || message === null) continue
    const __type = 'com.amazon.coral.validate#ValidationException'
    throw Object.assign(new Error(message), { statusCode: 400, body: { __type, message } })
  }
}

interface Expression {
  type: string
  name?: string
  args: unknown[]
}
const allOf = (expressions: Expression[]): Expression =>
  expressions.reduce((first, second) => ({ type: 'and', args: [first, second] }))
/** The change as dynalite has it after parsing an UpdateItem or PutItem. */
function parsedChange({ table, key, set, remove, conditions, isInsert }: RowChange): object {
  const request = { TableName: table, ReturnConsumedCapacity: 'TOTAL' }
  const exists = isInsert ? 'attribute_not_exists' : 'attribute_exists'
  const expression = allOf([
    { type: 'function', name: exists, args: [['pk']] },
    ...conditions.map(
      ([name, value]): Expression =>
        value === null
          ? { type: 'function', name: 'attribute_not_exists', args: [[name]] }
          : { type: '=', args: [[name], value] },
    ),
  ])
  const _condition = { expression, nestedPaths: {} }
  if (isInsert) return { ...request, Item: { ...key, ...Object.fromEntries(set) }, _condition }
  const sections = [
    ...set.map(([name, val]) => ({ type: 'set', path: [name], val })),
    ...remove.map((name) => ({ type: 'remove', path: [name] })),
  ]
  const paths = sections.map(({ path }) => path)
  return { ...request, Key: key, _updates: { sections, paths, nestedPaths: {} }, _condition }
}

export interface Engine {
  /** Makes one request. */
  ask(operation: string, input: object): Promise<Answered>
  /** Makes one change of a batch. */
  change(change: RowChange): Promise<Answered>
  close(): Promise<void>
}

export function createEngine(): Engine {
  const store = create({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  const tables = rememberTables(store)
  const actions = new Map<string, Action>()
  function find(operation: string): Action {
    const action = actions.get(operation) ?? actionOf(operation)
    actions.set(operation, action)
    return action
  }
  async function answer(work: () => Promise<Answered['body']>): Promise<Answered> {
    try {
      return { status: 200, body: await work() }
    } catch (error) {
      const { statusCode, body } = error as Failure
      if (statusCode === undefined || !body) throw error
      return { status: statusCode, body }
    }
  }
  const run = (action: Action, data: object) =>
    new Promise<Answered['body']>((resolve, reject) =>
      action.run(store, data, (error, body) => (error ? reject(error) : resolve(body!))),
    )
  return {
    async ask(operation, input) {
      const isOfTables = !ROW_OPERATIONS.has(operation)
      if (isOfTables) tables.forget()
      const answered = await answer(async () => {
        const action = find(operation)
        const data = validations.checkTypes(input, action.types)
        validations.checkValidations(data, action.types, action.custom, store)
        return run(action, data)
      })
      if (isOfTables) tables.forget()
      return answered
    },
    change: (change) =>
      answer(async () => {
        checkValues([
          ...Object.values(change.key),
          ...change.set.map(([, value]) => value),
          ...change.conditions.flatMap(([, value]) => value ?? []),
        ])
        return run(find(change.isInsert ? 'PutItem' : 'UpdateItem'), parsedChange(change))
      }),
    close: () => new Promise((resolve) => store.db.close(resolve)),
  }
}
