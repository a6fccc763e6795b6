import type { SearchRead } from '../../../functions/contract/search.ts'
import { quantileOfSorted } from '../../../functions/math/quantile.ts'
import { openSearch } from '../../../functions/reader/search.ts'
import { createAnalyzers } from '../../../functions/search-index/analysis/analyzer.ts'
import { MAX_LIST_BYTES, PagedReads } from '../../../functions/search-index/pages/paged-reads.ts'
import type { FieldTerms, IndexedDocument } from '../../../functions/search-index/segment/types.ts'
import { memoryObjects } from '../../make/memory-objects.ts'
import { searchWorld } from '../../make/search-world.ts'
import { readIndex, writeIndex } from '../../make/written-index.ts'
import type { Comparison } from '../comparison.ts'
import { cutSegments, HITS, TEXT_DEFINITION } from './engines.ts'
import type { Document } from './our-index.ts'
import { makeDocuments, makeQueries } from './texts.ts'

/** What queries read of an index in S3 pages, warm: after as many others. */

const QUERIES = 1000
const BOUND_BYTES = 16 * 1024

/** A way to read an index, and the size of the cache of lists. */
export interface ReadWay {
  read: SearchRead
  listBytes: number
}
/** What one query read, and its CPU time. */
export interface QueryReads {
  rounds: number
  bytes: number
  cpuMs: number
}

/** Writes an index of so many documents, in segments as a writer leaves them. */
async function writeDocuments(documents: number) {
  const models = memoryObjects('models')
  const world = { ...searchWorld(), models }
  const analyzers = createAnalyzers(TEXT_DEFINITION)
  const indexed = ({ id, fields }: Document<'text'>, row: number): IndexedDocument<FieldTerms> => ({
    ...{ id, version: { knowableMs: 1, drop: 'bench', row } },
    content: {
      fields: { text: { text: fields.text, analyzer: analyzers['text']! } },
      ...{ filters: {}, numbers: {}, stored: '{}' },
    },
  })
  const lists = cutSegments(makeDocuments(documents)).map((list) => list.map(indexed))
  await writeIndex(world, TEXT_DEFINITION, lists)
  // The store of tests makes a digest of the whole object for each range.
  const range = async ({ key }: { key: string }, from: number, through: number) =>
    models.contents.get(key)!.body.slice(from, through)
  return { ...world, models: { ...models, range } }
}

/** What two-word queries read, for each way to read an index of so many documents. */
export async function readsOfQueries(
  documents: number,
  ways: readonly ReadWay[],
): Promise<QueryReads[][]> {
  const world = await writeDocuments(documents)
  const queries = makeQueries(2 * QUERIES)
  const measured: QueryReads[][] = []
  for (const { read, listBytes } of ways) {
    const reads = new PagedReads(listBytes)
    const { search } = openSearch(readIndex(world, read, { reads }))
    const readsOf = async (query: string): Promise<QueryReads> => {
      const before = { ...reads.counts }
      const began = process.cpuUsage()
      await search(query, { limit: HITS })
      const { user, system } = process.cpuUsage(began)
      const { rounds, bytes } = reads.counts
      return {
        ...{ rounds: rounds - before.rounds, bytes: bytes - before.bytes },
        cpuMs: (user + system) / 1000,
      }
    }
    const own: QueryReads[] = []
    for (const query of queries) own.push(await readsOf(query))
    measured.push(own.slice(QUERIES))
  }
  return measured
}

const quantileOf = (own: readonly QueryReads[], name: keyof QueryReads, q: number): number =>
  quantileOfSorted(
    own.map((one) => one[name]).sort((a, b) => a - b),
    q,
  )

function describe(own: readonly QueryReads[]): string {
  const over = own.filter(({ bytes }) => bytes > BOUND_BYTES).length / own.length
  const rounds = Math.max(...own.map((one) => one.rounds))
  const cpuMs = quantileOf(own, 'cpuMs', 0.5).toFixed(2)
  return `${(100 * over).toFixed(1)} % read more than 16 KB, at most ${rounds} rounds, ${cpuMs} CPU ms`
}

/** Bytes that warm queries read, beside queries that keep no list. */
export async function benchPages(documents: number): Promise<Comparison[]> {
  const ways: ReadWay[] = [
    { read: 's3', listBytes: MAX_LIST_BYTES },
    { read: 's3', listBytes: 0 },
    { read: 'memory', listBytes: 0 },
  ]
  const [warm, cold, whole] = await readsOfQueries(documents, ways)
  const inMemory = `${quantileOf(whole!, 'cpuMs', 0.5).toFixed(2)} CPU ms in memory`
  const notes = [`${describe(warm!)}; ${inMemory}`, `without the cache ${describe(cold!)}`]
  return [0.5, 0.95].map((q, i) => ({
    ...{ what: `Reads of a query among ${documents} documents in S3 pages, p${100 * q}` },
    ...{ unit: 'KB', ours: quantileOf(warm!, 'bytes', q) / 1024, peer: 'no cache of lists' },
    ...{ peers: quantileOf(cold!, 'bytes', q) / 1024, note: notes[i]! },
  }))
}
