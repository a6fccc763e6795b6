import { CorruptArtifact } from '../../core/errors.ts'
import { CHECKSUM_BYTES, checksumOf, hexOf } from './checksum.ts'
import { type OpenHeader, readHeader } from './sections.ts'

/**
 * The object `pages` of a segment: checksums of the pages of its sections `postings` and `positions`, so that a reader
 * can check a part of them. The other sections are read whole, and the header has their checksums.
 */

/** Four pages and their key are less than 4 KB: one read unit of a DynamoDB table. */
export const PAGE_BYTES = 960
const MAGIC = 'QMPAGE01'
const FORMAT_VERSION = 1
const CHECKSUM_AT = 12
const SUMS_AT = CHECKSUM_AT + CHECKSUM_BYTES
const SUM_BYTES = 8

/** The bytes of `index` that are divided into pages: `postings` and, behind them, `positions`. */
export interface PagedRange {
  at: number
  /** The byte after the last. */
  end: number
}
export function pagedRange({ sections: { postings, positions } }: OpenHeader): PagedRange {
  return { at: postings.at, end: positions.at + positions.bytes }
}

/** The number of pages. The last one may be shorter. */
export const countPages = ({ at, end }: PagedRange): number => Math.ceil((end - at) / PAGE_BYTES)
/** The number of pages, by the length of the object `pages`. */
export const pagesIn = (objectBytes: number): number =>
  Math.max(0, Math.floor((objectBytes - SUMS_AT) / SUM_BYTES))

const sumOf = (page: Uint8Array): Uint8Array => checksumOf(page).subarray(0, SUM_BYTES)

/** The pages of the paged bytes, in order. */
function* cutPages(paged: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < paged.length; from += PAGE_BYTES)
    yield paged.subarray(from, from + PAGE_BYTES)
}

/** The bytes of the object `pages` of an `index` object. */
export function encodePageSums(index: Uint8Array): Uint8Array {
  const { at, end } = pagedRange(readHeader(index, 'index'))
  const bytes = new Uint8Array(SUMS_AT + SUM_BYTES * countPages({ at, end }))
  bytes.set(new TextEncoder().encode(MAGIC))
  new DataView(bytes.buffer).setUint32(MAGIC.length, FORMAT_VERSION, true)
  let to = SUMS_AT
  for (const page of cutPages(index.subarray(at, end))) {
    bytes.set(sumOf(page), to)
    to += SUM_BYTES
  }
  bytes.set(checksumOf(bytes.subarray(SUMS_AT)), CHECKSUM_AT)
  return bytes
}

/** The checksums of a segment's pages. */
export class PageSums {
  readonly #sums: Uint8Array
  readonly #name: string

  /** `name` is that of the object `index`, for errors. */
  constructor(sums: Uint8Array, name: string) {
    this.#sums = sums
    this.#name = name
  }

  /** Throws CorruptArtifact with the object, the page, what was found and what was expected. */
  check(page: number, bytes: Uint8Array): void {
    const found = hexOf(sumOf(bytes))
    const expected = hexOf(this.#sums.subarray(page * SUM_BYTES, (page + 1) * SUM_BYTES))
    if (found !== expected)
      throw new CorruptArtifact(
        `${this.#name}: page ${page}: got checksum ${found}, expected ${expected}`,
      )
  }
}

/** Opens the object `pages` for an `index` object of so many pages. Throws CorruptArtifact as `readHeader`. */
export function openPageSums(bytes: Uint8Array, name: string, pages: number): PageSums {
  const refuse = (got: string, expected: string): never => {
    throw new CorruptArtifact(`${name}: pages: got ${got}, expected ${expected}`)
  }
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, MAGIC.length))
  if (magic !== MAGIC) refuse(`magic ${JSON.stringify(magic)}`, JSON.stringify(MAGIC))
  const expectedBytes = SUMS_AT + pages * SUM_BYTES
  if (bytes.length !== expectedBytes) refuse(`${bytes.length} bytes`, `${expectedBytes}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const version = view.getUint32(MAGIC.length, true)
  if (version !== FORMAT_VERSION) refuse(`format version ${version}`, `version ${FORMAT_VERSION}`)
  const stored = hexOf(bytes.subarray(CHECKSUM_AT, SUMS_AT))
  const found = hexOf(checksumOf(bytes.subarray(SUMS_AT)))
  if (found !== stored) refuse(`checksum ${found}`, stored)
  return new PageSums(bytes.subarray(SUMS_AT), name)
}
