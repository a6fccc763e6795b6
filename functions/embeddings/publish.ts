import {
  recallPk,
  VECTOR_SK,
  type VectorKind,
  type VectorRow,
  vectorPk,
} from '../contract/embedding-rows.ts'
import type { VectorTable } from '../contract/space.ts'
import { readEach } from '../core/read-each.ts'
import type { TableStore } from '../core/tables.ts'
import type { RecallList } from './lists/list.ts'
import { encodeFloats, listColumns, recallRow } from './lists/rows.ts'

/** One kind of entities of a generation, as its rows are written. */
export interface PublishedEntities {
  kind: VectorKind
  table: VectorTable
  /** Lists of some of its entities, ids ascending by code units. Read once. */
  lists: Iterable<{ id: string; list: RecallList }>
  closedThroughMs: number
  isPlaced?: boolean
}
/** A list that belongs to no entity, by its sort key. */
export interface NamedList {
  sk: string
  list: RecallList
}
export interface GenerationName {
  scene: string
  generation: string
}

/** Rows in memory at once: some 2 KB each. */
const ROWS_AT_ONCE = 10_000

interface PutRow {
  pk: string
  sk: string
  row: Record<string, unknown> & { closedThroughMs: number }
}

/** Finds lists by ids that are asked for in ascending order. */
function listFinder(lists: PublishedEntities['lists']): (id: string) => RecallList | null {
  const remaining = lists[Symbol.iterator]()
  let next = remaining.next()
  return (id) => {
    while (!next.done && next.value.id < id) next = remaining.next()
    return !next.done && next.value.id === id ? next.value.list : null
  }
}

function vectorRow(
  { table, closedThroughMs, isPlaced }: PublishedEntities,
  row: number,
  list: RecallList | null,
): VectorRow {
  const { ids, in: inward, out, degree } = table
  const width = inward.length / ids.length
  const own = (matrix: Float32Array) =>
    encodeFloats(matrix.subarray(row * width, (row + 1) * width))
  return {
    in: own(inward),
    ...(out && { out: own(out) }),
    degree: degree[row]!,
    ...(list && listColumns(list)),
    closedThroughMs,
    ...(isPlaced && { isPlaced }),
  }
}

function* vectorRows(
  { scene, generation }: GenerationName,
  entities: PublishedEntities,
): Generator<PutRow[]> {
  const { ids } = entities.table
  const listOf = listFinder(entities.lists)
  for (let from = 0; from < ids.length; from += ROWS_AT_ONCE)
    yield ids.slice(from, from + ROWS_AT_ONCE).map((id, at) => ({
      pk: vectorPk(scene, generation, entities.kind, id),
      sk: VECTOR_SK,
      row: { ...vectorRow(entities, from + at, listOf(id)) },
    }))
}

const listRows = (
  { scene, generation }: GenerationName,
  lists: readonly NamedList[],
  closedThroughMs: number,
): PutRow[] =>
  lists.map(({ sk, list }) => ({
    pk: recallPk(scene, generation),
    sk,
    row: { ...recallRow(list, closedThroughMs) },
  }))

/** Writes all rows of a generation that nobody reads yet. A repeat writes the same rows. Returns their number. */
export async function publishGeneration(
  online: Pick<TableStore, 'putAll'>,
  name: GenerationName,
  entities: readonly PublishedEntities[],
  lists: readonly NamedList[],
  closedThroughMs: number,
): Promise<number> {
  let count = 0
  for (const own of entities)
    for (const rows of vectorRows(name, own)) {
      await online.putAll(rows)
      count += rows.length
    }
  // Last: the release looks for one of these.
  await online.putAll(listRows(name, lists, closedThroughMs))
  return count + lists.length
}

/**
 * Writes rows of a generation that is read. A row that a later closing wrote stays, so calls in any order end with the
 * newest rows. Returns the number of rows that changed.
 */
export async function publishPlaced(
  online: Pick<TableStore, 'putIfGreater'>,
  name: GenerationName,
  entities: readonly PublishedEntities[],
  lists: readonly NamedList[],
  closedThroughMs: number,
): Promise<number> {
  const put = ({ pk, sk, row }: PutRow) => online.putIfGreater(pk, sk, row, 'closedThroughMs')
  let count = 0
  const write = async (rows: readonly PutRow[]): Promise<void> => {
    const written = await readEach(rows, put)
    count += written.filter(Boolean).length
  }
  for (const own of entities) for (const rows of vectorRows(name, own)) await write(rows)
  await write(listRows(name, lists, closedThroughMs))
  return count
}
