import { searchSegmentKey } from '../../functions/contract/keys.ts'
import { addDocuments, openPointed } from '../../functions/search-index/add-documents.ts'
import { createAnalyzers } from '../../functions/search-index/analysis/analyzer.ts'
import {
  batchesOf,
  type IndexPorts,
  readStatements,
  shapeOf,
} from '../../functions/search-index/build.ts'
import {
  documentOf,
  newestStatements,
  type StatementRow,
  textReaders,
} from '../../functions/search-index/documents.ts'
import { generationOf, meaningOf } from '../../functions/search-index/generation.ts'
import { mergeLevels } from '../../functions/search-index/merge.ts'
import { createSegmentCache } from '../../functions/search-index/open-snapshot.ts'
import { searchSnapshot } from '../../functions/search-index/query/search-snapshot.ts'
import {
  decodeBitmap,
  encodeBitmap,
  withDeleted,
} from '../../functions/search-index/segment/bitmap.ts'
import { openSegment } from '../../functions/search-index/segment/open-segment.ts'
import { loadPointer } from '../../functions/search-index/state.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { putStatements } from '../make/statements.ts'
import { below, drawWords, SEARCH, statement } from './search/drawn-statements.ts'

/**
 * Measures what `npm run cost -- --search` is computed from (cdk/cli/cost/search/rates.ts): CPU seconds and bytes
 * of the index of 60-word documents. Run it with `node test/bench/search-rates.ts`.
 */

/** The first one warms up the compiler. */
const SIZES = [20_000, 20_000, 200_000]
const DROP_DOCUMENTS = 50
const DROPS = 50
const QUERIES = 1000
const FILES = 200
/** CPU seconds of the process: other processes on the machine do not count. */
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
async function secondsOf(work: () => unknown): Promise<number> {
  const began = cpuSeconds()
  await work()
  return cpuSeconds() - began
}

const GENERATION = generationOf(SEARCH, 0)
const SHAPE = shapeOf(GENERATION, meaningOf(SEARCH))
const ANALYZERS = createAnalyzers(SEARCH)
const READERS = textReaders(ANALYZERS)

const createPorts = (): IndexPorts => ({
  ...{ lake: memoryObjects('lake'), models: memoryObjects('models') },
  ...{ online: memoryTable('online'), scene: 'feed', cache: createSegmentCache() },
})
async function openIndex(ports: IndexPorts) {
  const { snapshot, segments } = await openPointed(
    ports,
    GENERATION,
    await loadPointer(ports.online, ports.scene, GENERATION),
  )
  return { snapshot, segments, parts: segments, totals: snapshot.totals, live: snapshot.live }
}

/** What adding statements took, and merging the segments. */
interface Spent {
  addSeconds: number
  mergeSeconds: number
  merged: number
}
async function addRows(ports: IndexPorts, rows: readonly StatementRow[], spent: Spent) {
  for (const batch of batchesOf(rows)) {
    spent.addSeconds += await secondsOf(() => {
      const documents = batch.map((row) => documentOf(SEARCH, READERS, row))
      return addDocuments(ports, GENERATION, SHAPE, documents, { throughMs: 0, applied: null })
    })
    const before = new Set((await openIndex(ports)).snapshot.segments.map(({ digest }) => digest))
    spent.mergeSeconds += await secondsOf(() => mergeLevels(ports, GENERATION, SHAPE))
    for (const { digest, count } of (await openIndex(ports)).snapshot.segments)
      if (!before.has(digest)) spent.merged += count
  }
}

async function measureQueries(ports: IndexPorts): Promise<number> {
  const index = await openIndex(ports)
  const queries = Array.from({ length: QUERIES }, () => drawWords(2))
  const search = () => {
    for (const query of queries) searchSnapshot(SEARCH, ANALYZERS, index, query, { limit: 10 })
  }
  search()
  return (await secondsOf(search)) / QUERIES
}

async function measureOpening(ports: IndexPorts): Promise<number> {
  const { segments } = await openIndex(ports)
  const keys = segments.map(({ entry: { digest } }) =>
    searchSegmentKey(ports.scene, GENERATION, digest, 'index'),
  )
  const objects = await Promise.all(keys.map((key) => ports.models.get(key)))
  const repeats = 10
  const seconds = await secondsOf(() => {
    for (let n = 0; n < repeats; n++) for (const bytes of objects) openSegment(bytes, 'index')
  })
  return seconds / repeats
}

/** CPU seconds to read the clean file of a drop. */
async function measureFile(ports: IndexPorts): Promise<number> {
  const stated = Array.from({ length: DROP_DOCUMENTS }, (_, n) => {
    const { id, title, text } = statement(n, 1)
    return { id, timeMs: 0, title: title!, text: text! }
  })
  await putStatements(ports.lake, 'documents', 0, stated)
  const listed = await ports.lake.list('clean/')
  const [{ key }] = listed as [(typeof listed)[0]]
  const read = async () => {
    for (let n = 0; n < FILES; n++) await readStatements(ports.lake, key)
  }
  await read()
  return (await secondsOf(read)) / FILES
}

/** CPU seconds, for each document that is deleted, to write a set of them and to read it. */
async function measureDeletions(ports: IndexPorts): Promise<number> {
  const { segments } = await openIndex(ports)
  const [{ segment, deleted }] = [...segments].sort(
    (a, b) => b.segment.count - a.segment.count,
  ) as [(typeof segments)[0]]
  const tenth = Array.from({ length: Math.floor(segment.count / 10) }, (_, n) => n * 10)
  const set = withDeleted(deleted, tenth)
  const repeats = 100
  const seconds = await secondsOf(() => {
    for (let n = 0; n < repeats; n++) decodeBitmap(encodeBitmap(withDeleted(set, [n])), 'set')
  })
  return seconds / repeats / set.size
}

for (const documents of SIZES) {
  const ports = createPorts()
  const built: Spent = { addSeconds: 0, mergeSeconds: 0, merged: 0 }
  await addRows(
    ports,
    Array.from({ length: documents }, (_, n) => statement(n, 0)),
    built,
  )
  const { segments } = (await openIndex(ports)).snapshot
  const bytes = (part: 'indexBytes' | 'documentsBytes'): number =>
    segments.reduce((sum, segment) => sum + segment[part], 0) / documents
  const openSeconds = (await measureOpening(ports)) / documents
  const querySeconds = await measureQueries(ports)
  const deletedSeconds = await measureDeletions(ports)
  const dropped: Spent = { addSeconds: 0, mergeSeconds: 0, merged: 0 }
  for (let drop = 1; drop <= DROPS; drop++) {
    const rows = Array.from({ length: DROP_DOCUMENTS }, () => statement(below(documents), drop))
    await addRows(ports, newestStatements(rows), dropped)
  }
  const figures = {
    documents,
    indexBytes: bytes('indexBytes'),
    documentsBytes: bytes('documentsBytes'),
    addSeconds: built.addSeconds / documents,
    mergeSeconds: built.merged === 0 ? 0 : built.mergeSeconds / built.merged,
    openSeconds,
    deletedSeconds,
    dropSeconds: dropped.addSeconds / DROPS,
    dropMergeSeconds: dropped.mergeSeconds / dropped.merged,
    querySeconds,
    fileSeconds: await measureFile(ports),
  }
  const shown = Object.entries(figures).map(([name, value]) => `${name} ${value.toPrecision(3)}`)
  process.stdout.write(`${shown.join(', ')}\n`)
}
