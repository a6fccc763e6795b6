import type { Columns } from '../contract/rows.ts'
import { sha256Hex } from '../core/digest.ts'
import { QuartermasterError } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { writeParquet } from '../core/parquet.ts'
import { readEach } from '../core/read-each.ts'
import {
  MAX_BUFFERED_BYTES,
  MAX_BUFFERED_ROWS,
  MAX_PARTS,
  MAX_ROWS_BYTES,
  ROW_BYTES,
} from './limits.ts'

export interface WrittenFile {
  key: string
  rows: number
  sha256: string
}

/** One family of files: the columns of its rows, and the key of its nth part. */
export interface Partition {
  name: string
  columns: Columns
  keyOf: (part: number) => string
}

interface OpenPart {
  partition: Partition
  rows: object[]
  bytes: number
}

/** The rows spread over more files than a closing can read. */
export class TooScattered extends QuartermasterError {}
/** The rows are too many to write within the time limit. */
export class TooManyRows extends QuartermasterError {}

/**
 * Writes rows by partition as numbered Parquet parts. It buffers at most MAX_BUFFERED_ROWS rows and
 * MAX_BUFFERED_BYTES of their texts, for any number of partitions. Above either limit it writes the
 * largest partitions, half of the buffer, several at a time. The same rows in the same order make
 * the same parts. Throws TooScattered above `maxParts`, and TooManyRows above MAX_ROWS_BYTES.
 */
export class PartWriter {
  readonly files: WrittenFile[] = []
  #held = new Map<string, OpenPart>()
  #parts = new Map<string, number>()
  #buffered = 0
  #bytes = 0
  #allBytes = 0
  readonly #store: ObjectStore
  readonly #maxParts: number

  constructor(store: ObjectStore, maxParts = MAX_PARTS) {
    this.#store = store
    this.#maxParts = maxParts
  }

  /**
   * `bytes`: the size of the texts that this row adds to memory, without those that earlier rows
   * already hold.
   */
  async add(partition: Partition, row: object, bytes: number): Promise<void> {
    const held = this.#held.get(partition.name)
    if (held) {
      held.rows.push(row)
      held.bytes += bytes
    } else this.#held.set(partition.name, { partition, rows: [row], bytes })
    this.#buffered++
    this.#bytes += bytes
    this.#allBytes += ROW_BYTES + bytes
    if (this.#allBytes > MAX_ROWS_BYTES)
      throw new TooManyRows(`its records become rows of more than ${MAX_ROWS_BYTES} bytes`)
    if (this.#buffered < MAX_BUFFERED_ROWS && this.#bytes < MAX_BUFFERED_BYTES) return
    await this.#write(this.#takeLargest())
    if (this.files.length > this.#maxParts)
      throw new TooScattered(`its records spread over more than ${this.#maxParts} hourly files`)
  }

  async end(): Promise<WrittenFile[]> {
    const names = [...this.#held.keys()].sort()
    await this.#write(names.map((name) => this.#take(name)))
    return this.files.sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  /** Takes the largest partitions, at least half of the buffer. */
  #takeLargest(): OpenPart[] {
    const largest = [...this.#held].sort(
      ([a, left], [b, right]) => right.rows.length - left.rows.length || (a < b ? -1 : 1),
    )
    const taken: OpenPart[] = []
    for (const [name] of largest) {
      taken.push(this.#take(name))
      const isHalf =
        this.#buffered <= MAX_BUFFERED_ROWS / 2 && this.#bytes <= MAX_BUFFERED_BYTES / 2
      if (isHalf) break
    }
    return taken
  }

  #take(name: string): OpenPart {
    const held = this.#held.get(name)!
    this.#held.delete(name)
    this.#buffered -= held.rows.length
    this.#bytes -= held.bytes
    return held
  }

  /**
   * A log that is not in order of time has many small parts, and each is one request: several run
   * at once.
   */
  async #write(all: readonly OpenPart[]): Promise<void> {
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
