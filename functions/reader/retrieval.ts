import { InvalidInput } from '../core/errors.ts'
import { readEach } from '../core/read-each.ts'
import type { ChunkFacts, Filters, Found, RetrievalPorts } from '../graph/retrieval/ports.ts'
import { retrieve } from '../graph/retrieval/retrieve.ts'
import { acceptedDocuments, isAccepted } from '../search-index/query/accepted.ts'
import { resolveOptions } from '../search-index/query/options.ts'
import { searchSnapshot } from '../search-index/query/search-snapshot.ts'
import { termStatistics } from '../search-index/query/term-matcher.ts'
import type { StoredDocument } from '../search-index/stored-document.ts'
import { chunkFacts } from './chunk-facts.ts'
import { type ContentVectors, openContentVectors } from './content-vectors.ts'
import { type ExpandedNames, openEntityNames } from './entity-names.ts'
import { type LatentOptions, type LatentVectors, openLatentVectors } from './latent-vectors.ts'
import type { OpenIndex, SearchedIndex } from './open-index.ts'
import type { Retrieval } from './passages.ts'
import { snapshotOf } from './search.ts'

export interface RetrievalOptions extends LatentOptions {
  index: SearchedIndex
  onFault: (fault: unknown, during: string) => void
}

const DEFAULT_PASSAGES = 10
const MAX_PASSAGES = 100

function checkCount(k: number): number {
  if (Number.isInteger(k) && k >= 1 && k <= MAX_PASSAGES) return k
  throw new InvalidInput(
    `k: got ${k}, expected a whole number from 1 to ${MAX_PASSAGES}; nothing was retrieved`,
  )
}

const HAS_WORD = /[\p{L}\p{N}]/u
/** Signs, quotation marks and stars: operators of a search, and punctuation of a question. */
const OPERATORS = /["*~]|(?<![\p{L}\p{N}\p{M}])[+-]+(?=[\p{L}\p{N}\p{M}])/gu
const withoutOperators = (text: string): string => text.replace(OPERATORS, ' ')

/** Reads chunks, each once. */
function openChunks(index: SearchedIndex, open: OpenIndex) {
  const { segments } = open.index
  const read = new Map<string, Promise<ChunkFacts | null>>()
  const readChunk = async (id: string): Promise<ChunkFacts | null> => {
    for (const [part, { segment, deleted }] of segments.entries()) {
      const doc = segment.find(id)
      if (doc < 0 || deleted.has(doc)) continue
      return chunkFacts(id, JSON.parse(await index.readStored(open, part, doc)) as StoredDocument)
    }
    return null
  }
  return (ids: readonly string[]): Promise<(ChunkFacts | null)[]> =>
    readEach(ids, (id) => {
      const reading = read.get(id) ?? readChunk(id)
      read.set(id, reading)
      return reading
    })
}

/** Whether the index has an item that passes the filters. Gone chunks are still in the space. */
function openFilter({ search, index: { segments } }: OpenIndex, filters: Filters) {
  const request = resolveOptions(search, { filters })
  const accepted = segments.map((part) => ({ ...part, own: acceptedDocuments(part, request) }))
  return (id: string): boolean =>
    accepted.some(({ segment, own }) => {
      const doc = segment.find(id)
      return doc >= 0 && isAccepted(own, doc)
    })
}

/** The share of live documents that have a word, in the field where most do. */
function shareOf(open: OpenIndex) {
  const snapshot = snapshotOf(open)
  return (word: string): number => {
    const docs = Object.entries(open.analyzers).map(([field, analyze]) => {
      const [term] = analyze(word)
      return term ? termStatistics(snapshot, field, term.term).docs : 0
    })
    return open.index.snapshot.live > 0 ? Math.max(...docs) / open.index.snapshot.live : 0
  }
}

/** What a retrieval reads besides the index. Null: there is none, or it could not be read. */
interface Sources {
  vectors: ContentVectors | null
  latent: LatentVectors | null
  names: ExpandedNames | null
}

function portsOf(
  index: SearchedIndex,
  open: OpenIndex,
  { vectors, latent, names }: Sources,
): RetrievalPorts {
  const { search, analyzers } = open
  const snapshot = snapshotOf(open)
  return {
    async lexical(query, limit, filters): Promise<Found[]> {
      const text = withoutOperators(query)
      const asked = { limit, filters }
      return (await open.run(() => searchSnapshot(search, analyzers, snapshot, text, asked))).hits
    },
    ...(vectors && {
      vector: async (query, depth, filters) =>
        vectors.search(query, depth, await open.run(() => openFilter(open, filters))),
    }),
    ...(latent && {
      latent: async (query, depth, filters, relevant) =>
        latent.search(query, depth, await open.run(() => openFilter(open, filters)), relevant),
    }),
    ...(names && { expand: async (query) => names.expand(query) }),
    chunks: openChunks(index, open),
    shareOf: shareOf(open),
    run: open.run,
  }
}

/**
 * Retrieval over the index with its latent space, and the space and the graph of one release. Where one of them but the
 * index cannot be read, the fault is reported and the others answer.
 */
export function openRetrieval(options: RetrievalOptions): Retrieval {
  const { scene, index, models, onFault } = options
  const vectorsOf = openContentVectors(models)
  const latentOf = openLatentVectors(options)
  const namesOf = openEntityNames(models)
  const orReport = <Value>(reading: Promise<Value | null>, what: string): Promise<Value | null> =>
    reading.catch((fault) => {
      onFault(fault, `reading ${what} of ${scene}`)
      return null
    })
  async function readSources(open: OpenIndex): Promise<Sources> {
    const [vectors, latent, names] = await Promise.all([
      orReport(vectorsOf(open.parts), 'the content vectors'),
      orReport(latentOf(open), 'the latent space'),
      orReport(namesOf(open.parts), 'the names of entities'),
    ])
    return { vectors, latent, names }
  }
  return {
    async retrieve(query, { k = DEFAULT_PASSAGES, filters = {}, weights = {} } = {}) {
      checkCount(k)
      const open = await index.current()
      const sources = await readSources(open)
      const ports = portsOf(index, open, sources)
      const passages = HAS_WORD.test(query)
        ? await retrieve(query, ports, { k, filters, weights })
        : []
      return {
        passages,
        generations: {
          ...{ search: open.generation, space: sources.vectors?.generation ?? null },
          graph: sources.names?.generation ?? null,
        },
        snapshot: open.index.snapshot.n,
      }
    },
  }
}
