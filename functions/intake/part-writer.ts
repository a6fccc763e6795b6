import type { Columns } from '../contract/rows.ts'
import { sha256Hex } from '../core/digest.ts'
import { QuartermasterError } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { writeParquet } from '../core/parquet.ts'
import { readEach } from '../core/read-each.ts'
import { MAX_BUFFERED_BYTES, MAX_BUFFERED_ROWS, MAX_PARTS } from './limits.ts'

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

interface Held {
  partition: Partition
  rows: object[]
  bytes: number
}

/** Rows that lie in more files than anybody could read again. */
export class TooScattered extends QuartermasterError {}

/**
 * Rows by partition, written as numbered Parquet parts. Holds at most MAX_BUFFERED_ROWS, of
 * MAX_BUFFERED_BYTES together, whatever the number of partitions: past either the largest half
 * goes out, some at a time. The same rows in the same order make the same parts. Throws
 * TooScattered past `maxParts`.
 */
export class PartWriter {
  readonly files: WrittenFile[] = []
  #held = new Map<string, Held>()
  #parts = new Map<string, number>()
  #buffered = 0
  #bytes = 0
  readonly #store: ObjectStore
  readonly #maxParts: number

  constructor(store: ObjectStore, maxParts = MAX_PARTS) {
    this.#store = store
    this.#maxParts = maxParts
  }

  /** `bytes` is what the row holds in memory beside the rows before it. */
  async add(partition: Partition, row: object, bytes: number): Promise<void> {
    const held = this.#held.get(partition.name)
    if (held) {
      held.rows.push(row)
      held.bytes += bytes
    } else this.#held.set(partition.name, { partition, rows: [row], bytes })
    this.#buffered++
    this.#bytes += bytes
    if (this.#buffered < MAX_BUFFERED_ROWS && this.#bytes < MAX_BUFFERED_BYTES) return
    await this.#write(this.#takeLargest())
    if (this.files.length > this.#maxParts)
      throw new TooScattered(`its records lie in more than ${this.#maxParts} files of an hour each`)
  }

  async end(): Promise<WrittenFile[]> {
    const names = [...this.#held.keys()].sort()
    await this.#write(names.map((name) => this.#take(name)))
    return this.files.sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  /** What is held of the largest partitions, half of all at least. */
  #takeLargest(): Held[] {
    const largest = [...this.#held].sort(
      ([a, left], [b, right]) => right.rows.length - left.rows.length || (a < b ? -1 : 1),
    )
    const taken: Held[] = []
    for (const [name] of largest) {
      taken.push(this.#take(name))
      const isHalf =
        this.#buffered <= MAX_BUFFERED_ROWS / 2 && this.#bytes <= MAX_BUFFERED_BYTES / 2
      if (isHalf) break
    }
    return taken
  }

  #take(name: string): Held {
    const held = this.#held.get(name)!
    this.#held.delete(name)
    this.#buffered -= held.rows.length
    this.#bytes -= held.bytes
    return held
  }

  /** Many are small where a log is in no order of time, and each is a request: some in flight at once. */
  async #write(all: readonly Held[]): Promise<void> {
    await readEach(all, async ({ partition: { name, columns, keyOf }, rows }) => {
      const part = this.#parts.get(name) ?? 0
      this.#parts.set(name, part + 1)
      const bytes = writeParquet(columns, rows as readonly Record<string, unknown>[])
      const key = keyOf(part)
      this.files.push({ key, rows: rows.length, sha256: sha256Hex(bytes) })
      await this.#store.put(key, bytes)
    })
  }
}
