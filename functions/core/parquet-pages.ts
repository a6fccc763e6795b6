import { brotliDecompressSync, crc32, gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { Compressors, SchemaElement } from 'hyparquet'
import type { parquetHeader } from 'hyparquet/src/column.js'
import { decompressPage } from 'hyparquet/src/datapage.js'
import { decompressLz4, decompressLz4Raw } from 'hyparquet-compressors'
import { decodeWhole, type NextValue, readHybrid, readPlain } from './parquet-values.ts'

export type PageHeader = ReturnType<typeof parquetHeader>

/** How the values of a column are stored, and its nesting depth. */
export interface StoredColumn {
  element: SchemaElement
  codec: Parameters<typeof decompressPage>[2]
  maxRepetition: number
  maxDefinition: number
  /** Converts a stored value. */
  cell(value: unknown): unknown
}

/** The entries of a data page, in order: repetition level, definition level and value. */
export interface DataPage {
  left: number
  repetition(): number
  definition(): number
  value: NextValue
}

/** No decompressor writes more than the page header states. Snappy is built into hyparquet. */
const compressors: Compressors = {
  GZIP: (input, maxOutputLength) => gunzipSync(input, { maxOutputLength }),
  BROTLI: (input, maxOutputLength) => brotliDecompressSync(input, { maxOutputLength }),
  ZSTD: (input, maxOutputLength) => zstdDecompressSync(input, { maxOutputLength }),
  LZ4: decompressLz4,
  LZ4_RAW: decompressLz4Raw,
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)

function unpack(stored: Buffer, bytes: number, { codec }: StoredColumn): Buffer {
  // Some writers store an empty page as no bytes, others as an empty frame.
  if (bytes === 0) return Buffer.alloc(0)
  return bufferOf(decompressPage(stored, bytes, codec, compressors))
}

/** Throws RangeError if the page has a checksum that does not match. */
export function checkSum({ crc }: PageHeader, stored: Buffer): void {
  if (crc !== undefined && crc32(stored) !== crc >>> 0)
    throw new RangeError('a page does not match its checksum')
}

/** The dictionary: the values that data pages refer to by index. */
export function readDictionary(
  stored: Buffer,
  { dictionary_page_header: header, uncompressed_page_size: size }: PageHeader,
  column: StoredColumn,
): unknown[] {
  const { type, type_length: length } = column.element
  const next = readPlain(unpack(stored, size, column), 0, type!, length)
  return Array.from({ length: header!.num_values }, () => column.cell(next()))
}

const widthOf = (greatest: number): number => 32 - Math.clz32(greatest)

/** Whether an encoding is decoded value by value. Pages of other encodings are decoded at once. */
export const isStreamed = (encoding: string): boolean =>
  encoding === 'PLAIN' || encoding === 'RLE' || encoding.endsWith('_DICTIONARY')

function readValues(
  bytes: Buffer,
  from: number,
  encoding: string,
  column: StoredColumn,
  dictionary: readonly unknown[] | null,
  countValues: () => number,
): NextValue {
  const { element, cell } = column
  if (encoding.endsWith('_DICTIONARY')) {
    if (!dictionary) throw new RangeError('a page refers to a missing dictionary')
    const index = readHybrid(bytes, from + 1, bytes.length, bytes[from] ?? 0)
    return () => {
      const at = index()
      if (at >= dictionary.length)
        throw new RangeError('a page refers to a missing value of its dictionary')
      return dictionary[at]
    }
  }
  if (encoding === 'PLAIN') {
    const next = readPlain(bytes, from, element.type!, element.type_length)
    return () => cell(next())
  }
  if (encoding === 'RLE' && element.type === 'BOOLEAN') {
    // Four bytes with the length come first.
    const next = readHybrid(bytes, from + 4, bytes.length, 1)
    return () => next() === 1
  }
  const values = decodeWhole(bytes, from, encoding, element, countValues())
  let at = 0
  return () => cell(values[at++])
}

/** A reader of levels. Without levels it returns 0. */
function readLevels(bytes: Buffer, from: number, through: number, greatest: number) {
  return greatest === 0 ? () => 0 : readHybrid(bytes, from, through, widthOf(greatest))
}

function readFirstPage(stored: Buffer, header: PageHeader, column: StoredColumn) {
  const page = header.data_page_header!
  const bytes = unpack(stored, header.uncompressed_page_size, column)
  let at = 0
  const [repetition, definition] = [column.maxRepetition, column.maxDefinition].map((greatest) => {
    if (greatest === 0) return { from: at, through: at }
    const from = at + 4
    at = from + bytes.readUInt32LE(at)
    if (at > bytes.length) throw new RangeError('a page ends within its levels')
    return { from, through: at }
  })
  return { bytes, repetition: repetition!, definition: definition!, at, ...page }
}

function readSecondPage(stored: Buffer, header: PageHeader, column: StoredColumn) {
  const page = header.data_page_header_v2!
  const first = page.repetition_levels_byte_length
  const at = first + page.definition_levels_byte_length
  if (!(first >= 0 && at >= first && at <= stored.length))
    throw new RangeError('a page ends within its levels')
  const packed = stored.subarray(at)
  const isPacked = page.is_compressed !== false
  const values = isPacked ? unpack(packed, header.uncompressed_page_size - at, column) : packed
  const bytes = Buffer.concat([stored.subarray(0, at), values])
  return {
    bytes,
    repetition: { from: 0, through: first },
    definition: { from: first, through: at },
    at,
    ...page,
  }
}

/**
 * Opens a data page of either version, to be read entry by entry. Memory: its unpacked bytes, and
 * all its values if the encoding is not streamed.
 */
export function openPage(
  stored: Buffer,
  header: PageHeader,
  column: StoredColumn,
  dictionary: readonly unknown[] | null,
): DataPage {
  const isFirst = header.type === 'DATA_PAGE'
  const page = (isFirst ? readFirstPage : readSecondPage)(stored, header, column)
  const { bytes, repetition, definition, at, num_values: entries, encoding } = page
  const definitions = () =>
    readLevels(bytes, definition.from, definition.through, column.maxDefinition)
  const countValues = (): number => {
    const next = definitions()
    let count = 0
    for (let i = 0; i < entries; i++) if (next() === column.maxDefinition) count++
    return count
  }
  return {
    left: entries,
    repetition: readLevels(bytes, repetition.from, repetition.through, column.maxRepetition),
    definition: definitions(),
    value: readValues(bytes, at, encoding, column, dictionary, countValues),
  }
}
