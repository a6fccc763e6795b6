import { quantileOfSorted } from '../../../functions/math/quantile.ts'
import { type EngineName, engineOf } from './engines.ts'
import { makeDocuments, makeQueries } from './texts.ts'

/** A child process with one engine, named by its argument. It answers each message with CPU times of the process. */

export interface EngineTask {
  /** To index this many documents: answers documents per CPU second. */
  index?: number
  /** To search this many documents: answers times of a query, in CPU milliseconds. */
  search?: { documents: number; queries: number }
}
export interface EngineFigures {
  rate?: number
  p50?: number
  p95?: number
}

const engine = engineOf(process.argv[2] as EngineName)
const collect = (globalThis as { gc?: () => void }).gc!

/** Of all threads: also what V8 compiles and collects beside the work. */
function cpuMs(work: () => unknown): number {
  const began = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(began)
  return (user + system) / 1000
}

let documents = makeDocuments(0)
function documentsOf(count: number) {
  if (documents.length !== count) documents = makeDocuments(count)
  collect()
  return documents
}

function indexRate(count: number): EngineFigures {
  const given = documentsOf(count)
  return { rate: (1000 * count) / cpuMs(() => engine.index(given)) }
}

/** Every query has been searched once before. */
function queryTimes(count: number, queryCount: number): EngineFigures {
  const search = engine.open!(documentsOf(count))
  documents = []
  collect()
  const queries = makeQueries(queryCount)
  for (const query of queries) search(query)
  const times = queries.map((query) => cpuMs(() => search(query))).sort((a, b) => a - b)
  return { p50: quantileOfSorted(times, 0.5), p95: quantileOfSorted(times, 0.95) }
}

process.on('message', ({ index, search }: EngineTask) => {
  const figures = search ? queryTimes(search.documents, search.queries) : indexRate(index!)
  process.send!(figures)
})
