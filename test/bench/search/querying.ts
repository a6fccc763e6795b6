import { quantileOfSorted } from '../../../functions/math/quantile.ts'
import type { Comparison } from '../comparison.ts'
import { startEngine } from './engine-client.ts'
import type { EngineFigures } from './engine-process.ts'
import { type EngineName, HITS, TEXT_DEFINITION } from './engines.ts'
import type { OpenSearch } from './open-search.ts'
import { searchIndex } from './server-index.ts'
import { makeQueries } from './texts.ts'

const QUERIES = 1000

async function timesOf(name: EngineName, documents: number): Promise<EngineFigures> {
  const engine = startEngine(name)
  try {
    return await engine.run({ search: { documents, queries: QUERIES } })
  } finally {
    engine.stop()
  }
}

/** What a query takes on the server: the time that it answers with, and its CPU time on average. */
async function timeServer(server: OpenSearch, index: string) {
  const queries = makeQueries(QUERIES)
  const searchAll = async (): Promise<number[]> => {
    const took: number[] = []
    for (const query of queries)
      took.push((await searchIndex(server, index, TEXT_DEFINITION, query, { limit: HITS })).took)
    return took.sort((a, b) => a - b)
  }
  await searchAll()
  const began = server.cpuSeconds()
  const took = await searchAll()
  const cpuMs = ((server.cpuSeconds() - began) * 1000) / QUERIES
  return { p50: quantileOfSorted(took, 0.5), p95: quantileOfSorted(took, 0.95), cpuMs }
}

/** Warm queries of two words for ten hits. `index` of the server holds as many documents. */
export async function benchQueries(
  documents: number,
  server: OpenSearch | null,
  index: string,
): Promise<Comparison[]> {
  const ours = await timesOf('ours', documents)
  const peers = await timesOf('minisearch', documents)
  const theirs = server && (await timeServer(server, index))
  const note = theirs
    ? `OpenSearch: took p50 ${theirs.p50} ms, p95 ${theirs.p95} ms; mean ${theirs.cpuMs.toFixed(2)} CPU ms with HTTP`
    : ''
  const what = `Query of two words among ${documents} documents`
  return [
    ...(['p50', 'p95'] as const).map((quantile) => ({
      ...{ what: `${what}, ${quantile}`, unit: 'CPU ms', ours: ours[quantile]! },
      ...{ peer: 'minisearch', peers: peers[quantile]!, note },
    })),
  ]
}
