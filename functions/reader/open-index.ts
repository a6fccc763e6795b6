import { searchDefinitionKey, searchSegmentKey } from '../contract/keys.ts'
import { type Parts, SEARCH_PART } from '../contract/part.ts'
import type { SearchDefinition, SearchRead } from '../contract/search.ts'
import { searchMeaningSchema } from '../contract/search-index.ts'
import { ObjectMissing } from '../core/errors.ts'
import { getJson, type ObjectInfo, type ObjectStore } from '../core/objects.ts'
import type { TableStore } from '../core/tables.ts'
import { acceptedOf } from '../registry/generations.ts'
import { type Analyzers, createAnalyzers } from '../search-index/analysis/analyzer.ts'
import { isOfThisCode } from '../search-index/generation.ts'
import {
  closeOthers,
  createSegmentCache,
  loadSnapshot,
  type OpenSnapshot,
  openSnapshot,
  type SegmentCache,
} from '../search-index/open-snapshot.ts'
import { openInPages } from '../search-index/pages/open-in-pages.ts'
import { PagedReads } from '../search-index/pages/paged-reads.ts'
import { loadPointer, loadState } from '../search-index/state.ts'
import type { Timer } from './timer.ts'

export interface IndexOptions {
  scene: string
  models: Pick<ObjectStore, 'get' | 'range' | 'head' | 'bucket'>
  online: Pick<TableStore, 'get' | 'getAll'>
  /** Where posting lists are read. Defaults to `memory`. */
  read?: SearchRead | undefined
  /** Keeps the posting lists that are read in pages. Defaults to one of 64 MiB. */
  reads?: PagedReads
  /** Segments whose `index` is shorter are in memory. Defaults to 1 MiB. */
  minPagedBytes?: number
  /** The parts of the served release; null where nothing is released. */
  servedParts: () => Parts | null | Promise<Parts | null>
  /** The pointer is read again after this time; 0: for each search. */
  searchMs: number
  timer: Timer
  onFault: (fault: unknown, during: string) => void
}

/** A generation as one process has it. */
export interface OpenIndex {
  generation: string
  /** Of the release that was served when it was opened. */
  parts: Parts
  search: SearchDefinition
  analyzers: Analyzers
  index: OpenSnapshot
  /** Runs what searches the snapshot, synchronously, until all that it reads is in memory. */
  run<Result>(search: () => Result): Promise<Result>
}

/** How an index is read: in memory, or in pages. */
function openReads(options: IndexOptions): { cache: SegmentCache; run: OpenIndex['run'] } {
  const { models, online, read = 'memory', minPagedBytes } = options
  if (read === 'memory') return { cache: createSegmentCache(), run: async (search) => search() }
  const { reads = new PagedReads() } = options
  const sizes = minPagedBytes === undefined ? {} : { minPagedBytes }
  return {
    cache: createSegmentCache(openInPages({ models, online, read, reads, ...sizes })),
    run: (search) => reads.run(search),
  }
}

/** No generation of the index is accepted yet, or the scene has no search. */
export class NothingIndexed extends Error {}

/**
 * The index that is searched now, and its stored documents. A change of the index is seen after at most
 * `searchMs`, one read of the pointer, and the load of the segments that are new. After a fault the former one stays
 * in use, and the fault is reported.
 */
export function openIndex(options: IndexOptions) {
  const { scene, models, online, servedParts, searchMs, timer, onFault } = options
  const { cache, run } = openReads(options)
  const infos = new Map<string, Promise<ObjectInfo | null>>()
  let current: OpenIndex | null = null
  let isFresh = false
  let looking: Promise<OpenIndex> | null = null

  /** First: only code that knows the generation's layout may open its segments. */
  async function loadMeaning(
    generation: string,
  ): Promise<Omit<OpenIndex, 'index' | 'parts' | 'run'>> {
    const key = searchDefinitionKey(scene, generation)
    const meaning = await getJson(models as ObjectStore, key, searchMeaningSchema)
    if (!isOfThisCode(meaning))
      throw new NothingIndexed(`generation ${generation} of ${scene} was built by other code`)
    const { search } = meaning
    return { generation, search, analyzers: createAnalyzers(search) }
  }
  async function load(): Promise<OpenIndex> {
    const parts = (await servedParts()) ?? {}
    const generation =
      parts[SEARCH_PART]?.generation ??
      acceptedOf((await loadState(online, scene)).generations)?.generation
    if (generation === undefined)
      throw new NothingIndexed(`scene ${scene} has no accepted search index: nothing was searched`)
    const pointer = await loadPointer(online, scene, generation)
    if (!pointer) throw new NothingIndexed(`generation ${generation} of ${scene} has no snapshot`)
    if (current?.generation === generation && current.index.snapshot.n === pointer.n)
      return { ...current, parts }
    const known = current?.generation === generation ? current : await loadMeaning(generation)
    const index = await openSnapshot(models, await loadSnapshot(models, pointer), cache)
    closeOthers(cache, scene, [{ generation }])
    infos.clear()
    return { ...known, index, parts, run }
  }
  async function look(): Promise<OpenIndex> {
    try {
      current = await load()
    } catch (fault) {
      if (!current) throw fault
      onFault(fault, `reading the search index of ${scene}`)
    }
    isFresh = searchMs > 0
    timer(() => {
      isFresh = false
    }, searchMs)
    return current
  }

  return {
    async current(): Promise<OpenIndex> {
      if (current && isFresh) return current
      looking ??= look().finally(() => {
        looking = null
      })
      return looking
    },
    /** The stored JSON text of a document. Throws ObjectMissing where its generation was retired. */
    async readStored({ generation, index }: OpenIndex, part: number, doc: number): Promise<string> {
      const { entry, segment } = index.segments[part]!
      const key = searchSegmentKey(scene, generation, entry.digest, 'documents')
      const asking = infos.get(key) ?? models.head(key)
      infos.set(key, asking)
      asking.then(
        (info) => info ?? infos.delete(key),
        () => infos.delete(key),
      )
      const { from, through } = segment.storedRange(doc)
      const info = await asking
      if (!info) throw new ObjectMissing(`no object s3://${models.bucket}/${key}`)
      // A version is read only with a permission of its own, and these objects have one version.
      const object = { ...info, versionId: null }
      return segment.readStored(doc, await models.range(object, from, through + 1))
    },
  }
}

export type SearchedIndex = ReturnType<typeof openIndex>
