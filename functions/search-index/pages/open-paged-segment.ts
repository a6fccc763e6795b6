import { CorruptArtifact } from '../../core/errors.ts'
import { READ_AHEAD_BYTES } from '../segment/bits.ts'
import { checksumOf } from '../segment/checksum.ts'
import { OpenedSegment } from '../segment/open-segment.ts'
import {
  countPages,
  openPageSums,
  PAGE_BYTES,
  type PagedRange,
  type PageSums,
  pagedRange,
} from '../segment/page-sums.ts'
import {
  checkSection,
  END_MAGIC,
  headerEnd,
  type OpenHeader,
  type Place,
  readHeader,
  type SectionName,
  type SegmentBytes,
} from '../segment/sections.ts'
import type { Segment } from '../segment/types.ts'
import type { ReadRange } from './object-ranges.ts'
import type { PageSource } from './page-source.ts'
import type { PagedReads, PagedSegment, Wanted } from './paged-reads.ts'

/** Read when a segment is opened: some 5 bytes a document. A search needs any part of them. */
const ALWAYS = ['ids', 'gone', 'dictionary', 'norms', 'stored'] as const satisfies SectionName[]
/** Most headers are shorter. */
const HEAD_BYTES = 8192
/** Bytes between two lists that are read rather than left out: a request costs about as much. */
const GAP_PAGES = 4

/** Bytes in a buffer of their own, which the reader may read ahead of. */
function placeOf(source: Uint8Array): Place {
  const bytes = new Uint8Array(source.length + READ_AHEAD_BYTES)
  bytes.set(source)
  return { bytes, view: new DataView(bytes.buffer), at: 0 }
}

interface PageRun {
  first: number
  end: number
  lists: { key: string; from: number; length: number }[]
}

/** The pages of lists, those that are near each other at once. */
function planRuns(lists: Wanted['lists']): PageRun[] {
  const sorted = Array.from(lists, ([key, list]) => ({ key, ...list })).sort(
    (a, b) => a.from - b.from,
  )
  const runs: PageRun[] = []
  for (const list of sorted) {
    const first = Math.floor(list.from / PAGE_BYTES)
    const end = Math.ceil((list.from + list.length) / PAGE_BYTES)
    const last = runs.at(-1)
    if (last && first <= last.end + GAP_PAGES) {
      last.end = Math.max(last.end, end)
      last.lists.push(list)
    } else runs.push({ first, end, lists: [list] })
  }
  return runs
}

class PagedBytes implements PagedSegment {
  readonly #name: string
  readonly #header: OpenHeader
  readonly #range: PagedRange
  readonly #sums: PageSums
  readonly #readRange: ReadRange
  readonly #pages: PageSource
  readonly #reads: PagedReads
  readonly #sections = new Map<SectionName, Place>()

  constructor(header: OpenHeader, { name, read, pages, reads }: PagedOptions, sums: PageSums) {
    this.#name = name
    this.#header = header
    this.#range = pagedRange(header)
    this.#sums = sums
    this.#readRange = read
    this.#pages = pages(this.#range)
    this.#reads = reads
  }

  get source(): SegmentBytes {
    const { facts, sections } = this.#header
    return {
      ...facts,
      isWhole: false,
      section: (name) => {
        const found = this.#sections.get(name) ?? null
        if (!found) this.#reads.want(this, name)
        return found
      },
      list: (name, from, length) => {
        const at = sections[name].at - this.#range.at + from
        return this.#reads.list(this, `${this.#name} ${at}`, at, length)
      },
    }
  }

  async loadSections(names: Iterable<SectionName>): Promise<void> {
    await Promise.all(
      Array.from(names, async (name) => {
        const { at, bytes, checksum } = this.#header.sections[name]
        const found = bytes > 0 ? await this.#readRange(at, at + bytes) : new Uint8Array()
        checkSection(this.#name, name, checksumOf(found), checksum)
        this.#sections.set(name, placeOf(found))
      }),
    )
  }

  async load({ sections, lists }: Wanted): Promise<Map<string, Place>> {
    const found = new Map<string, Place>()
    const readRun = async ({ first, end, lists: own }: PageRun): Promise<void> => {
      const bytes = await this.#pages.read(first, end)
      for (let page = first; page < end; page++) {
        const from = (page - first) * PAGE_BYTES
        this.#sums.check(page, bytes.subarray(from, from + PAGE_BYTES))
      }
      for (const { key, from, length } of own) {
        const at = from - first * PAGE_BYTES
        found.set(key, placeOf(bytes.subarray(at, at + length)))
      }
    }
    await Promise.all([this.loadSections(sections), ...planRuns(lists).map(readRun)])
    return found
  }
}

export interface PagedOptions {
  /** Of the object `index`, in errors and as the key of its lists. */
  name: string
  /** Length of the object `index`. */
  bytes: number
  /** Reads ranges of the object `index`. */
  read: ReadRange
  /** Reads the object `pages`. */
  readSums: () => Promise<Uint8Array>
  pages: (range: PagedRange) => PageSource
  reads: PagedReads
}

async function loadHeader({ name, bytes, read }: PagedOptions): Promise<OpenHeader> {
  const head = await read(0, Math.min(bytes, HEAD_BYTES))
  const end = headerEnd(head, name)
  const isWhole = end <= head.length || end > bytes
  const header = readHeader(isWhole ? head : await read(0, end), name)
  const expected = header.end + END_MAGIC.length
  if (bytes !== expected)
    throw new CorruptArtifact(`${name}: end: got ${bytes} bytes, expected ${expected}`)
  return header
}

/**
 * Opens a segment whose posting lists are read in pages, when a search needs them. Its filters and its numbers are each
 * read whole at their first use and kept. Searches of it must run in `reads.run`. Throws ObjectMissing, and CorruptArtifact
 * with what was found and what was expected where a byte differs; a byte of a page when it is read.
 */
export async function openPagedSegment(options: PagedOptions): Promise<Segment> {
  const [header, sums] = await Promise.all([loadHeader(options), options.readSums()])
  const { name } = options
  const pages = countPages(pagedRange(header))
  const bytes = new PagedBytes(header, options, openPageSums(sums, name, pages))
  await bytes.loadSections(ALWAYS)
  return new OpenedSegment(bytes.source, name)
}
