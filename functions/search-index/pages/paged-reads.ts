import { QuartermasterError } from '../../core/errors.ts'
import type { Place, SectionName } from '../segment/sections.ts'
import { ListCache } from './list-cache.ts'
import { createReadCounts } from './page-source.ts'

/** What a search asked of one segment and did not find in memory. */
export interface Wanted {
  sections: Set<SectionName>
  /** By key. `from` counts from the first paged byte of the object. */
  lists: Map<string, { from: number; length: number }>
}

/** A segment that can read what is wanted of it. Sections it keeps; lists it returns, by key. */
export interface PagedSegment {
  load(wanted: Wanted): Promise<Map<string, Place>>
}

/** What a run of a search holds, and what it misses. */
interface Run {
  held: Map<string, Place>
  missing: Map<PagedSegment, Wanted>
}

/** Posting lists of 64 MiB are kept: those of some thousand words in an index of ten million documents. */
export const MAX_LIST_BYTES = 64 * 2 ** 20

/**
 * Lets a synchronous search run over segments of which only some bytes are in memory. A run goes on over what is
 * missing, as if there were nothing, so that it asks for everything that it needs. Its result is thrown away; what it
 * asked for is read in one round of concurrent requests, and the search runs again.
 */
export class PagedReads {
  readonly counts = createReadCounts()
  readonly #cache: ListCache
  #run: Run | null = null

  constructor(maxListBytes = MAX_LIST_BYTES) {
    this.#cache = new ListCache(maxListBytes)
  }

  /** Bytes of posting lists that are kept between searches. */
  get listBytes(): number {
    return this.#cache.bytes
  }

  /** The result of `read`, which must be synchronous and without effects. Throws what it throws, and faults of reads. */
  async run<Result>(read: () => Result): Promise<Result> {
    // A search holds what was read for it: another one may displace it from the cache.
    const held = new Map<string, Place>()
    for (;;) {
      const { missing, finish } = this.#attempt(held, read)
      if (missing.size === 0) return finish()
      this.counts.rounds++
      await Promise.all(
        Array.from(missing, async ([segment, wanted]) => {
          for (const [key, list] of await segment.load(wanted)) {
            held.set(key, list)
            this.#cache.set(key, list)
          }
        }),
      )
    }
  }

  #attempt<Result>(held: Run['held'], read: () => Result) {
    const missing: Run['missing'] = new Map()
    this.#run = { held, missing }
    try {
      const result = read()
      return { missing, finish: () => result }
    } catch (error) {
      // An error of a run over missing bytes means nothing.
      return {
        missing,
        finish: (): Result => {
          throw error
        },
      }
    } finally {
      this.#run = null
    }
  }

  /** A list in memory. Null: it is read after this run. */
  list(segment: PagedSegment, key: string, from: number, length: number): Place | null {
    const { held } = this.#running()
    const found = held.get(key) ?? this.#cache.get(key)
    if (!found) this.#wantedOf(segment).lists.set(key, { from, length })
    return found
  }

  /** Notes a section that is read after this run. */
  want(segment: PagedSegment, section: SectionName): void {
    this.#wantedOf(segment).sections.add(section)
  }

  #wantedOf(segment: PagedSegment): Wanted {
    const { missing } = this.#running()
    const wanted = missing.get(segment) ?? { sections: new Set(), lists: new Map() }
    missing.set(segment, wanted)
    return wanted
  }

  #running(): Run {
    if (this.#run) return this.#run
    throw new QuartermasterError('a segment in pages: got a read outside of a run')
  }
}
