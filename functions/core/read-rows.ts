import type { ObjectStore } from './objects.ts'
import { openParquet } from './parquet.ts'

/** Files that are fetched before their turn. */
const FILES_AHEAD = 8
/**
 * Upper limit for the bytes of those files, by the largest file so far. A busy hour has about 100
 * MB.
 */
const BYTES_AHEAD = 192 * 2 ** 20
/** Files fetched in advance before the first size is known. */
const FIRST_FILES_AHEAD = 2

export interface RowsWanted<R> {
  /** All rows if absent. */
  isWanted?: (row: R) => boolean
  /** All columns if absent. */
  columns?: readonly string[]
}

async function unpack<R>(bytes: Uint8Array, wanted: RowsWanted<R>): Promise<R[]> {
  const { isWanted = () => true, columns } = wanted
  const found: R[] = []
  const { groups } = await openParquet<R>(bytes, columns)
  for await (const rows of groups()) for (const row of rows) if (isWanted(row)) found.push(row)
  return found
}

/** How many files may wait in memory, given the size of the largest one. */
const filesAhead = (largest: number): number =>
  largest === 0
    ? FIRST_FILES_AHEAD
    : Math.min(FILES_AHEAD, Math.max(1, Math.floor(BYTES_AHEAD / largest)))

/**
 * The wanted rows of Parquet files, file by file in the given order. Memory: one unpacked row
 * group, the wanted rows, and the stored bytes of a few next files. Throws ObjectMissing.
 */
export async function* readFiles<R>(
  store: ObjectStore,
  keys: readonly string[],
  wanted: RowsWanted<R> = {},
): AsyncGenerator<R[]> {
  const ahead: Promise<Uint8Array>[] = []
  let next = 0
  let largest = 0
  for (let i = 0; i < keys.length; i++) {
    while (ahead.length < filesAhead(largest) && next < keys.length) {
      const bytes = store.get(keys[next++]!)
      // The error is thrown when this file's turn comes. Until then it must not count as unhandled.
      bytes.catch(() => {})
      ahead.push(bytes)
    }
    const bytes = await ahead.shift()!
    largest = Math.max(largest, bytes.byteLength)
    yield await unpack(bytes, wanted)
  }
}

/** As readFiles, as one list. */
export async function readRows<R>(
  store: ObjectStore,
  keys: readonly string[],
  wanted: RowsWanted<R> = {},
): Promise<R[]> {
  const parts: R[][] = []
  for await (const rows of readFiles(store, keys, wanted)) parts.push(rows)
  return parts.flat()
}

/** Calls `visit` with every row and its number among all rows of the files. Keeps no row. */
export async function visitRows<R>(
  store: ObjectStore,
  keys: readonly string[],
  columns: readonly (keyof R & string)[],
  visit: (row: R, place: number) => void,
): Promise<void> {
  let place = 0
  const isWanted = (row: R): boolean => {
    visit(row, place++)
    return false
  }
  for await (const none of readFiles<R>(store, keys, { columns, isWanted })) void none
}
