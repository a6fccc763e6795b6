import { brotliDecompressSync, crc32, gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { ColumnMetaData, Compressors, SchemaTree } from 'hyparquet'
import { parquetHeader, readPage } from 'hyparquet/src/column.js'
import { convert, DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { getMaxRepetitionLevel } from 'hyparquet/src/schema.js'
import { decompressLz4, decompressLz4Raw } from 'hyparquet-compressors'
import { QuartermasterError } from './errors.ts'
import type { RandomAccess } from './objects.ts'
import { cellOf, type TimeUnit } from './parquet-cells.ts'

/** Bytes that are no Parquet, or more than can be read of it. */
export class BadParquet extends QuartermasterError {}
/** Pages that do not fit into memory. */
export class PagesTooLarge extends QuartermasterError {}

type Decoder = Parameters<typeof readPage>[2]
type PageHeader = ReturnType<typeof parquetHeader>

/** Of a page: headers are some hundred bytes, and have the least and the greatest value. */
const HEADER_BYTES = 64 * 2 ** 10
/** Of a value in memory while its page is decoded: its levels, its place in lists, and where it is cut. */
const VALUE_BYTES = 24
const TEXT_BYTES = 96

/** None writes more than the page's header states. Snappy is hyparquet's own. */
const compressors: Compressors = {
  GZIP: (input, maxOutputLength) => gunzipSync(input, { maxOutputLength }),
  BROTLI: (input, maxOutputLength) => brotliDecompressSync(input, { maxOutputLength }),
  ZSTD: (input, maxOutputLength) => zstdDecompressSync(input, { maxOutputLength }),
  LZ4: decompressLz4,
  LZ4_RAW: decompressLz4Raw,
}

/** Memory that the columns of one row group share. */
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
 * Stored types → JSON values. The decoder gives values of the type TIMESTAMP, as of no other, to a
 * parser one by one, whatever they are: each column's own parser stands in its place.
 */
function decoderOf(meta: ColumnMetaData, schemaPath: SchemaTree[], unit: TimeUnit): Decoder {
  const { element } = schemaPath.at(-1)!
  const cell = cellOf(element, unit)
  return {
    pathInSchema: meta.path_in_schema,
    type: meta.type,
    codec: meta.codec,
    element: {
      ...element,
      converted_type: undefined,
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
    } as Decoder['element'],
    schemaPath,
    parsers: {
      ...DEFAULT_PARSERS,
      timestampFromMilliseconds: cell as (value: bigint) => unknown,
      timestampFromNanoseconds: cell as (value: bigint) => unknown,
    },
    compressors,
    utf8: false,
  }
}

/**
 * One column of one row group, page by page, as the values of its rows: lists of lists where it is
 * nested. Memory: `windowBytes` as stored, its dictionary and a page.
 */
export class ColumnPages {
  readonly path: string
  #values: unknown[] = []
  #taken = 0
  #dictionary: ReturnType<typeof convert> | undefined
  #pageCost = 0
  #held: Uint8Array = new Uint8Array()
  #heldFrom: number
  #at: number
  readonly #through: number
  readonly #isRepeated: boolean
  readonly #isText: boolean
  readonly #decoder: Decoder
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
      throw new BadParquet(`${this.path}: is stated to lie outside of the file`)
    this.#isRepeated = getMaxRepetitionLevel(schemaPath) > 0
    this.#isText = meta.type === 'BYTE_ARRAY' || meta.type === 'FIXED_LEN_BYTE_ARRAY'
    this.#decoder = decoderOf(meta, schemaPath, unit)
    this.#file = file
    this.#budget = budget
    this.#windowBytes = windowBytes
  }

  get #isEnded(): boolean {
    return this.#at >= this.#through
  }

  /** Rows at hand. The last one may go on in the next page, where it is a list. */
  get rows(): number {
    const rows = this.#values.length - this.#taken
    return this.#isRepeated && !this.#isEnded ? Math.max(0, rows - 1) : rows
  }

  /** Decodes pages until there are rows. Throws BadParquet, PagesTooLarge and what the file throws. */
  async fill(): Promise<void> {
    for (let pages = 0; this.rows === 0; pages++) {
      if (this.#isEnded) throw new BadParquet(`${this.path}: has fewer rows than the row group`)
      await this.#fetch(HEADER_BYTES)
      const { header, bytes } = this.#decode(() => this.#readHeader())
      this.#at += bytes
      const stored = header.compressed_page_size
      if (!(stored >= 0 && this.#at + stored <= this.#through))
        throw new BadParquet(`${this.path}: a page is stated to be longer than its column`)
      this.#reserve(header, pages > 0)
      await this.#fetch(stored)
      this.#decode(() => this.#readPage(header))
      this.#at += stored
    }
  }

  /** The values of the next rows, of those at hand. */
  take(count: number): unknown[] {
    const taken = this.#values.slice(this.#taken, this.#taken + count)
    this.#taken += count
    return taken
  }

  /** An error that the bytes cause. What the file throws is a fault, and is thrown outside of this. */
  #decode<T>(read: () => T): T {
    try {
      return read()
    } catch (cause) {
      if (cause instanceof QuartermasterError) throw cause
      throw new BadParquet(`${this.path}: ${(cause as Error).message}`, { cause })
    }
  }

  /** Makes sure of the next bytes, as far as the column has as many. */
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

  #reader() {
    const { buffer, byteOffset, length } = this.#held
    const from = this.#at - this.#heldFrom
    return { view: new DataView(buffer, byteOffset + from, length - from), offset: 0 }
  }

  #readHeader() {
    const reader = this.#reader()
    return { header: parquetHeader(reader), bytes: reader.offset }
  }

  /** Sizes are the header's, so that no page is unpacked which does not fit. A row may go over several. */
  #reserve(header: PageHeader, isContinued: boolean): void {
    const isDictionary = header.type === 'DICTIONARY_PAGE'
    const { num_values: values = 0, encoding = 'PLAIN' } =
      header.dictionary_page_header ?? header.data_page_header ?? header.data_page_header_v2 ?? {}
    const isCut = this.#isText && !encoding.endsWith('_DICTIONARY')
    const cost = header.uncompressed_page_size + values * (isCut ? TEXT_BYTES : VALUE_BYTES)
    if (!(header.uncompressed_page_size >= 0 && values >= 0 && Number.isFinite(cost)))
      throw new BadParquet(`${this.path}: a page states no sound size`)
    const freed = isDictionary || isContinued ? 0 : this.#pageCost
    this.#budget.change(cost - freed)
    if (!isDictionary) this.#pageCost += cost - freed
  }

  #readPage(header: PageHeader): void {
    const reader = this.#reader()
    if (header.crc !== undefined) {
      const { buffer, byteOffset } = reader.view
      const stored = new Uint8Array(buffer, byteOffset, header.compressed_page_size)
      if (crc32(stored) !== header.crc >>> 0)
        throw new BadParquet(`${this.path}: a page does not match its checksum`)
    }
    if (header.type === 'DICTIONARY_PAGE') {
      const { data } = readPage(reader, header, this.#decoder, undefined, undefined, 0)
      this.#dictionary = convert(data!, this.#decoder)
    } else if (header.type === 'DATA_PAGE' || header.type === 'DATA_PAGE_V2') {
      const held = this.#values.slice(this.#taken)
      const previous = this.#isRepeated ? held : undefined
      const { data } = readPage(reader, header, this.#decoder, this.#dictionary, previous, 0)
      this.#values = data as unknown[]
      this.#taken = 0
    }
  }
}
