import { quantileOfSorted } from '../../../functions/math/quantile.ts'
import type { Comparison } from '../comparison.ts'
import { startEngine } from './engine-client.ts'
import { type EngineName, HITS, TEXT_DEFINITION } from './engines.ts'
import type { OpenSearch } from './open-search.ts'
import { searchIndex } from './server-index.ts'
import { makeQueries } from './texts.ts'

const QUERIES = 1000
/** The others take longer, so fewer queries are searched. */
const PEER_QUERIES = 100
const SERVER_QUERIES = 300

async function timesOf(name: EngineName, documents: number, queries: number) {
  const engine = startEngine(name)
  try {
    return await engine.run({ search: { documents, queries } })
  } finally {
    engine.stop()
  }
}

/** What the server says that queries take, and its CPU time on average. */
async function describeServer(server: OpenSearch, index: string): Promise<string> {
  const queries = makeQueries(SERVER_QUERIES)
  const searchAll = async (): Promise<number[]> => {
    const took: number[] = []
    for (const query of queries)
      took.push((await searchIndex(server, index, TEXT_DEFINITION, query, { limit: HITS })).took)
    return took.sort((a, b) => a - b)
  }
  await searchAll()
  const began = server.cpuSeconds()
  const took = await searchAll()
  const cpuMs = ((server.cpuSeconds() - began) * 1000) / SERVER_QUERIES
  const [p50, p95] = [0.5, 0.95].map((q) => Math.round(quantileOfSorted(took, q)))
  return `OpenSearch: took p50 ${p50} ms, p95 ${p95} ms; mean ${cpuMs.toFixed(1)} CPU ms with HTTP`
}

/** Warm queries of two words for ten hits. `index` of the server holds as many documents. */
export async function benchQueries(
  documents: number,
  server: OpenSearch | null,
  index: string,
): Promise<Comparison[]> {
  const ours = await timesOf('ours', documents, QUERIES)
  const peers = await timesOf('minisearch', documents, PEER_QUERIES)
  const note = server ? await describeServer(server, index) : 'no OpenSearch'
  const what = `Query of two words among ${documents} documents`
  const common = { unit: 'CPU ms', peer: 'minisearch' }
  return [
    { what: `${what}, p50`, ...common, ours: ours.p50!, peers: peers.p50!, note },
    { what: `${what}, p95`, ...common, ours: ours.p95!, peers: peers.p95! },
  ]
}
