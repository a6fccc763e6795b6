import type { Columns } from '../contract/rows.ts'
import { openParquet, readColumns, writeParquet } from '../core/parquet.ts'
import { hasHash, isOf, NOBODY, withoutHash } from './person.ts'

export type Row = Record<string, unknown>
export interface WithoutPerson {
  bytes: Uint8Array
  /** Rows that are left. */
  rows: number
  /** Rows of the person, as they were. */
  removed: Row[]
}

/** Columns with the id of the entity that a row is about. A row about the person leaves. */
const ID_COLUMNS = ['user', 'id'] as const
/** The bytes of a state, in base64. */
const STATE = 'state'
/** Columns that hold JSON. The writer shares equal large texts of them. */
const JSON_COLUMNS = new Set(['context', 'attributes', 'cells', 'items', 'detectors'])

/** Whether a cell has the hash somewhere: in a text, or in the bytes of a state. */
function cellHasHash(name: string, cell: unknown, user: string): boolean {
  if (typeof cell !== 'string') return false
  if (cell.includes(user)) return true
  return name === STATE && hasHash(Buffer.from(cell, 'base64'), user)
}
const isAbout = (row: Row, user: string): boolean =>
  ID_COLUMNS.some((name) => isOf(row[name], user))
const namesUser = (row: Row, user: string): boolean =>
  Object.entries(row).some(([name, cell]) => cellHasHash(name, cell, user))

/** A row of another entity, with `NOBODY` in place of the hash. */
function rename(row: Row, user: string): Row {
  const renamed = Object.entries(row).map(([name, cell]) => {
    if (!cellHasHash(name, cell, user)) return [name, cell]
    const text = (cell as string).replaceAll(user, NOBODY)
    const isState = name === STATE
    return [
      name,
      isState
        ? Buffer.from(withoutHash(Buffer.from(text, 'base64'), user)).toString('base64')
        : text,
    ]
  })
  return Object.fromEntries(renamed)
}

/** The columns in which a hash can be. */
async function textColumns(bytes: Uint8Array, name: string): Promise<string[]> {
  const columns = await readColumns(bytes, name)
  return Object.keys(columns).filter((column) => columns[column] === 'string')
}

/** Rows that name the person in any column. Memory: the texts of one row group. */
export async function countNamed(
  bytes: Uint8Array,
  user: string,
  name: string,
): Promise<{ read: number; named: number }> {
  const columns = await textColumns(bytes, name)
  const { rowCount, groups } = await openParquet<Row>(bytes, columns)
  let named = 0
  if (columns.length > 0)
    for await (const rows of groups()) for (const row of rows) if (namesUser(row, user)) named++
  return { read: rowCount, named }
}

const typed = (columns: Columns): Columns =>
  Object.fromEntries(
    Object.entries(columns).map(([name, type]) => [name, JSON_COLUMNS.has(name) ? 'json' : type]),
  )

/**
 * A Parquet file without the rows of a person: all other rows are the same and in their order. Null: no row names the
 * person, so nothing is to be written. A file that cannot be read stays, and the scan reports it. Memory: the file, and its rows if one names the person.
 */
export async function withoutPerson(
  bytes: Uint8Array,
  user: string,
  name: string,
): Promise<WithoutPerson | null> {
  const counted = await countNamed(bytes, user, name).catch(() => null)
  if (!counted || counted.named === 0) return null
  const kept: Row[] = []
  const removed: Row[] = []
  const { groups } = await openParquet<Row>(bytes)
  for await (const rows of groups())
    for (const row of rows) {
      if (isAbout(row, user)) removed.push(row)
      else kept.push(namesUser(row, user) ? rename(row, user) : row)
    }
  const columns = typed(await readColumns(bytes, name))
  return { bytes: writeParquet(columns, kept), rows: kept.length, removed }
}
