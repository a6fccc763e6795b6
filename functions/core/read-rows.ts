import type { ObjectStore } from './objects.ts'
import { openParquet } from './parquet.ts'

/** Fetched ahead of the one that is unpacked. */
const FILES_AHEAD = 8
/** And no more than so many bytes, by the largest file so far: a busy hour's is some 100 MB. */
const BYTES_AHEAD = 192 * 2 ** 20
/** Until one has come. */
const FIRST_FILES_AHEAD = 2

export interface RowsWanted<R> {
  /** Every row where absent. */
  isWanted?: (row: R) => boolean
  /** All where absent. */
  columns?: readonly string[]
}

async function unpack<R>(bytes: Uint8Array, wanted: RowsWanted<R>): Promise<R[]> {
  const { isWanted = () => true, columns } = wanted
  const found: R[] = []
  const { groups } = await openParquet<R>(bytes, columns)
  for await (const rows of groups()) for (const row of rows) if (isWanted(row)) found.push(row)
  return found
}

/** How many files may wait in memory, once the largest of them had so many bytes. */
const filesAhead = (largest: number): number =>
  largest === 0
    ? FIRST_FILES_AHEAD
    : Math.min(FILES_AHEAD, Math.max(1, Math.floor(BYTES_AHEAD / largest)))

/**
 * The rows of Parquet files that are wanted, file by file in the order given. One row group of one
 * file is unpacked at a time, so that little is held of what is not wanted; of the next files the
 * bytes, as long as those are few. Throws ObjectMissing.
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
      // A fault is thrown when it is its turn; until then nobody waits for it.
      bytes.catch(() => {})
      ahead.push(bytes)
    }
    const bytes = await ahead.shift()!
    largest = Math.max(largest, bytes.byteLength)
    yield await unpack(bytes, wanted)
  }
}

/** As readFiles, in one. */
export async function readRows<R>(
  store: ObjectStore,
  keys: readonly string[],
  wanted: RowsWanted<R> = {},
): Promise<R[]> {
  const parts: R[][] = []
  for await (const rows of readFiles(store, keys, wanted)) parts.push(rows)
  return parts.flat()
}

/** Shows every row, and its place among all rows of the files, to `visit`; keeps none. */
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
