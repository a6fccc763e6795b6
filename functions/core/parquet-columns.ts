import type { ColumnMetaData, SchemaTree } from 'hyparquet'
import { assembleLists } from 'hyparquet/src/assemble.js'
import { parquetHeader } from 'hyparquet/src/column.js'
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js'
import { QuartermasterError } from './errors.ts'
import type { RandomAccess } from './objects.ts'
import { cellOf, type TimeUnit } from './parquet-cells.ts'
import {
  checkSum,
  type DataPage,
  isStreamed,
  openPage,
  type PageHeader,
  readDictionary,
  type StoredColumn,
} from './parquet-pages.ts'

/** The bytes are not Parquet, or not readable Parquet. */
export class BadParquet extends QuartermasterError {}
/** Pages or rows that do not fit into memory. */
export class PagesTooLarge extends QuartermasterError {}

/**
 * Bytes to read for a page header. A header has some hundred bytes, plus the least and the greatest
 * value.
 */
const HEADER_BYTES = 64 * 2 ** 10
/** Memory of one value of a dictionary, or of a page that is decoded at once, without its text. */
const VALUE_BYTES = 96
/** Limits for the rows that one call takes from one column. */
const MAX_TAKEN_ENTRIES = 2 ** 18
const MAX_TAKEN_BYTES = 16 * 2 ** 20

/** The memory that all columns of one row group share. */
export class PageBudget {
  #bytes = 0
  readonly #maxBytes: number

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Throws PagesTooLarge. */
  change(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#maxBytes)
      throw new PagesTooLarge(
        `its pages take ${this.#bytes} bytes of memory at once, expected at most ${this.#maxBytes}`,
      )
  }
}

/**
 * Reads one column of one row group as the values of its rows, as lists of lists if it is nested.
 * Memory: `windowBytes` of stored bytes, its dictionary and one page. Throws BadParquet,
 * PagesTooLarge and errors of the file.
 */
export class ColumnReader {
  readonly path: string
  /** Bytes of values in the rows that were taken last. */
  takenBytes = 0
  #page: DataPage | null = null
  /** Repetition level of the page's next entry, once it was read. */
  #repetition: number | null = null
  #dictionary: unknown[] | null = null
  #pageCost = 0
  #held: Buffer = Buffer.alloc(0)
  #heldFrom: number
  #at: number
  readonly #through: number
  readonly #schemaPath: SchemaTree[]
  readonly #column: StoredColumn
  readonly #file: RandomAccess
  readonly #budget: PageBudget
  readonly #windowBytes: number

  constructor(
    file: RandomAccess,
    meta: ColumnMetaData,
    schemaPath: SchemaTree[],
    unit: TimeUnit,
    budget: PageBudget,
    windowBytes: number,
  ) {
    const { dictionary_page_offset: dictionary = 0n, data_page_offset: data } = meta
    this.path = meta.path_in_schema.join('.')
    this.#at = Number(dictionary > 0n && dictionary < data ? dictionary : data)
    this.#heldFrom = this.#at
    this.#through = this.#at + Number(meta.total_compressed_size)
    if (!(this.#at >= 4 && this.#through >= this.#at && this.#through <= file.bytes))
      throw new BadParquet(`${this.path}: its metadata places it outside the file`)
    const { element } = schemaPath.at(-1)!
    const cell = cellOf(element, unit) as (value: unknown) => unknown
    this.#column = {
      element,
      codec: meta.codec,
      maxRepetition: getMaxRepetitionLevel(schemaPath),
      maxDefinition: getMaxDefinitionLevel(schemaPath),
      cell: (value) => {
        if (value instanceof Uint8Array) this.takenBytes += value.length
        return cell(value)
      },
    }
    this.#schemaPath = schemaPath
    this.#file = file
    this.#budget = budget
    this.#windowBytes = windowBytes
  }

  /** The values of the next `count` rows. */
  async take(count: number): Promise<unknown[]> {
    const { maxRepetition, maxDefinition } = this.#column
    const repetitions: number[] = []
    const definitions: number[] = []
    const values: unknown[] = []
    this.takenBytes = 0
    for (let rows = 0; ; ) {
      if (rows === count && maxRepetition === 0) break
      if (!this.#page || this.#page.left === 0) {
        if (this.#at < this.#through) await this.#nextPage()
        else if (rows === count) break
        else throw new BadParquet(`${this.path}: it has fewer rows than the row group`)
        continue
      }
      const isOver = this.#decode(() => {
        const page = this.#page!
        for (; page.left > 0; page.left--) {
          this.#repetition ??= page.repetition()
          if (this.#repetition === 0 && rows++ === count) return true
          repetitions.push(this.#repetition)
          this.#repetition = null
          const definition = page.definition()
          definitions.push(definition)
          if (definition === maxDefinition) values.push(page.value())
          if (maxRepetition === 0 && rows === count) {
            page.left--
            return true
          }
        }
        return false
      })
      if (definitions.length > MAX_TAKEN_ENTRIES || this.takenBytes > MAX_TAKEN_BYTES)
        throw new PagesTooLarge(`${this.path}: ${count} rows hold too many values`)
      if (isOver) break
    }
    return this.#assemble(repetitions, definitions, values)
  }

  #assemble(repetitions: number[], definitions: number[], values: unknown[]): unknown[] {
    const { maxRepetition, maxDefinition } = this.#column
    if (maxDefinition === 0) return values
    if (maxRepetition > 0 && repetitions[0] !== 0)
      throw new BadParquet(`${this.path}: it begins in the middle of a row`)
    const levels = maxRepetition === 0 ? [] : repetitions
    return this.#decode(
      () => assembleLists([], definitions, levels, values, this.#schemaPath) as unknown[],
    )
  }

  async #nextPage(): Promise<void> {
    await this.#fetch(HEADER_BYTES)
    const { header, bytes } = this.#decode(() => this.#readHeader())
    this.#at += bytes
    const storedBytes = header.compressed_page_size
    if (!(storedBytes >= 0 && this.#at + storedBytes <= this.#through))
      throw new BadParquet(`${this.path}: a page header states more bytes than its column has`)
    this.#reserve(header)
    await this.#fetch(storedBytes)
    const from = this.#at - this.#heldFrom
    const stored = this.#held.subarray(from, from + storedBytes)
    this.#at += storedBytes
    this.#decode(() => {
      checkSum(header, stored)
      const { takenBytes } = this
      if (header.type === 'DICTIONARY_PAGE') {
        this.#dictionary = readDictionary(stored, header, this.#column)
        this.takenBytes = takenBytes
      } else if (header.type === 'DATA_PAGE' || header.type === 'DATA_PAGE_V2')
        this.#page = openPage(stored, header, this.#column, this.#dictionary)
    })
    // The page is now unpacked, or is a view of the stored bytes. Only the rest of the fetched
    // bytes is kept.
    if (storedBytes > this.#windowBytes) {
      this.#held = Buffer.from(this.#held.subarray(this.#at - this.#heldFrom))
      this.#heldFrom = this.#at
    }
    this.#budget.change(-storedBytes)
  }

  /**
   * Runs a decoder and wraps its errors in BadParquet. Errors of the file are faults, so file
   * access stays outside.
   */
  #decode<T>(read: () => T): T {
    try {
      return read()
    } catch (cause) {
      if (cause instanceof QuartermasterError) throw cause
      throw new BadParquet(`${this.path}: ${(cause as Error).message}`, { cause })
    }
  }

  /** Fetches the next bytes, as far as the column reaches. */
  async #fetch(bytes: number): Promise<void> {
    const heldThrough = this.#heldFrom + this.#held.length
    const through = Math.min(this.#through, this.#at + bytes)
    if (through <= heldThrough) return
    const ahead = Math.min(this.#through, Math.max(through, this.#at + this.#windowBytes))
    const more = await this.#file.slice(heldThrough, ahead)
    const rest = this.#held.subarray(this.#at - this.#heldFrom)
    this.#held = Buffer.concat([rest, more])
    this.#heldFrom = this.#at
  }

  #readHeader() {
    const { buffer, byteOffset, length } = this.#held
    const from = this.#at - this.#heldFrom
    const reader = { view: new DataView(buffer, byteOffset + from, length - from), offset: 0 }
    return { header: parquetHeader(reader), bytes: reader.offset }
  }

  /** Reserves memory by the sizes in the header. So a page that does not fit is never unpacked. */
  #reserve(header: PageHeader): void {
    const isDictionary = header.type === 'DICTIONARY_PAGE'
    const data = header.data_page_header ?? header.data_page_header_v2
    const { num_values: count = 0 } = header.dictionary_page_header ?? data ?? {}
    const isWhole = isDictionary || (data && !isStreamed(data.encoding))
    const { uncompressed_page_size: bytes, compressed_page_size: stored } = header
    const cost = bytes + (isWhole ? count * VALUE_BYTES : 0)
    if (!(bytes >= 0 && count >= 0 && Number.isSafeInteger(cost)))
      throw new BadParquet(`${this.path}: a page header states an invalid size`)
    this.#budget.change(stored + (isDictionary ? cost : cost - this.#pageCost))
    if (!isDictionary) this.#pageCost = cost
  }
}
