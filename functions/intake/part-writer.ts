import type { Columns } from '../contract/rows.ts'
import { sha256Hex } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { writeParquet } from '../core/parquet.ts'
import { MAX_BUFFERED_BYTES, MAX_BUFFERED_ROWS } from './limits.ts'

export interface WrittenFile {
  key: string
  rows: number
  sha256: string
}

/** One file family: which columns its rows have, and the key of its nth part. */
export interface Partition {
  name: string
  columns: Columns
  keyOf: (part: number) => string
}

/**
 * Rows by partition, written as numbered Parquet parts. Holds at most MAX_BUFFERED_ROWS, of lines
 * of MAX_BUFFERED_BYTES together, whatever the number of partitions: past either the largest half
 * goes out. The same rows in the same order make the same parts.
 */
export class PartWriter {
  readonly files: WrittenFile[] = []
  #rows = new Map<string, { partition: Partition; rows: object[]; bytes: number }>()
  #parts = new Map<string, number>()
  #buffered = 0
  #bytes = 0
  readonly #store: ObjectStore

  constructor(store: ObjectStore) {
    this.#store = store
  }

  /** `bytes` is what the row's line measures. */
  async add(partition: Partition, row: object, bytes: number): Promise<void> {
    const held = this.#rows.get(partition.name)
    if (held) {
      held.rows.push(row)
      held.bytes += bytes
    } else this.#rows.set(partition.name, { partition, rows: [row], bytes })
    this.#buffered++
    this.#bytes += bytes
    if (this.#buffered < MAX_BUFFERED_ROWS && this.#bytes < MAX_BUFFERED_BYTES) return
    const largest = [...this.#rows].sort(
      ([a, left], [b, right]) => right.rows.length - left.rows.length || (a < b ? -1 : 1),
    )
    for (const [name] of largest) {
      await this.#flush(name)
      const isHalf =
        this.#buffered <= MAX_BUFFERED_ROWS / 2 && this.#bytes <= MAX_BUFFERED_BYTES / 2
      if (isHalf) break
    }
  }

  async end(): Promise<WrittenFile[]> {
    for (const name of [...this.#rows.keys()].sort()) await this.#flush(name)
    return this.files.sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  async #flush(name: string): Promise<void> {
    const { partition, rows, bytes: lineBytes } = this.#rows.get(name)!
    const part = this.#parts.get(name) ?? 0
    const bytes = writeParquet(partition.columns, rows as readonly Record<string, unknown>[])
    const key = partition.keyOf(part)
    await this.#store.put(key, bytes)
    this.files.push({ key, rows: rows.length, sha256: sha256Hex(bytes) })
    this.#parts.set(name, part + 1)
    this.#rows.delete(name)
    this.#buffered -= rows.length
    this.#bytes -= lineBytes
  }
}
