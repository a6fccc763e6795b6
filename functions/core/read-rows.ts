import type { ObjectStore } from './objects.ts'
import { openParquet } from './parquet.ts'

/** Fetched ahead of the one that is unpacked: a busy hour's file is some 100 MB. */
const FILES_AHEAD = 8

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

/**
 * The rows of Parquet files that are wanted, file by file in the order given. One row group of one
 * file is unpacked at a time, so that little is held of what is not wanted; of the next eight files
 * the bytes. Throws ObjectMissing.
 */
export async function* readFiles<R>(
  store: ObjectStore,
  keys: readonly string[],
  wanted: RowsWanted<R> = {},
): AsyncGenerator<R[]> {
  const ahead: Promise<Uint8Array>[] = []
  let next = 0
  for (let i = 0; i < keys.length; i++) {
    while (ahead.length < FILES_AHEAD && next < keys.length) {
      const bytes = store.get(keys[next++]!)
      // A fault is thrown when it is its turn; until then nobody waits for it.
      bytes.catch(() => {})
      ahead.push(bytes)
    }
    yield await unpack(await ahead.shift()!, wanted)
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
