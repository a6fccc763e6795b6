import type { Columns } from '../contract/rows.ts'
import { sha256Hex } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { writeParquet } from '../core/parquet.ts'
import { MAX_BUFFERED_ROWS } from './limits.ts'

export interface WrittenFile {
  key: string
  rows: number
  sha256: string
}

/**
 * Rows by partition, written as numbered Parquet parts. Holds at most MAX_BUFFERED_ROWS, whatever
 * the number of partitions: past it the largest half goes out. The same rows in the same order
 * make the same parts.
 */
export class PartWriter<Row extends object> {
  readonly files: WrittenFile[] = []
  #rows = new Map<number, Row[]>()
  #parts = new Map<number, number>()
  #buffered = 0
  readonly #store: ObjectStore
  readonly #columns: Columns
  readonly #keyOf: (partition: number, part: number) => string

  constructor(
    store: ObjectStore,
    columns: Columns,
    keyOf: (partition: number, part: number) => string,
  ) {
    this.#store = store
    this.#columns = columns
    this.#keyOf = keyOf
  }

  async add(partition: number, row: Row): Promise<void> {
    const rows = this.#rows.get(partition)
    if (rows) rows.push(row)
    else this.#rows.set(partition, [row])
    if (++this.#buffered < MAX_BUFFERED_ROWS) return
    const largest = [...this.#rows].sort(
      ([a, left], [b, right]) => right.length - left.length || a - b,
    )
    for (const [name] of largest) {
      await this.#flush(name)
      if (this.#buffered <= MAX_BUFFERED_ROWS / 2) break
    }
  }

  async end(): Promise<WrittenFile[]> {
    for (const partition of [...this.#rows.keys()].sort((a, b) => a - b))
      await this.#flush(partition)
    return this.files.sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  async #flush(partition: number): Promise<void> {
    const rows = this.#rows.get(partition)!
    const part = this.#parts.get(partition) ?? 0
    const bytes = writeParquet(this.#columns, rows as readonly Record<string, unknown>[])
    const key = this.#keyOf(partition, part)
    await this.#store.put(key, bytes)
    this.files.push({ key, rows: rows.length, sha256: sha256Hex(bytes) })
    this.#parts.set(partition, part + 1)
    this.#rows.delete(partition)
    this.#buffered -= rows.length
  }
}
