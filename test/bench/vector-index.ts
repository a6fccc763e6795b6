import { Index, MetricKind, ScalarKind } from 'usearch'
import { buildVectorIndex } from '../../functions/embeddings/vector-index/build.ts'
import { openVectorIndex } from '../../functions/embeddings/vector-index/open.ts'
import { openTable } from '../../functions/embeddings/vector-index/table.ts'
import {
  clusteredVectors,
  idsOf,
  normals,
  vectorAt,
} from '../embeddings/vector-index/made-vectors.ts'
import type { Comparison } from './comparison.ts'

const COUNTS = (process.env['BENCH_VECTORS'] ?? '10000,100000').split(',').map(Number)
const DIMENSIONS = 64
const QUERIES = 1000
const K = 10
const SPREAD = 1
const ORIGIN = { scene: 'bench', generation: '', codeDigest: '', configurationDigest: '' }

type Search = (query: Float32Array) => string[]

/** Runs both on each query in turn, and returns the median time and recall of each. */
function compareSearches(queries: readonly Float32Array[], exact: Search, searches: Search[]) {
  const runs = searches.map((search) => ({ search, timesMs: [] as number[], hits: 0 }))
  for (const query of queries) for (const { search } of runs) search(query)
  for (const query of queries) {
    const expected = new Set(exact(query))
    for (const run of runs) {
      const began = performance.now()
      const found = run.search(query)
      run.timesMs.push(performance.now() - began)
      run.hits += found.filter((id) => expected.has(id)).length
    }
  }
  return runs.map(({ timesMs, hits }) => ({
    medianMs: timesMs.sort((a, b) => a - b)[timesMs.length >> 1]!,
    recall: hits / (K * queries.length),
  }))
}

function timeOf<T>(work: () => T): [T, number] {
  const began = performance.now()
  const result = work()
  return [result, (performance.now() - began) / 1000]
}

function benchCount(count: number): Comparison[] {
  const vectors = clusteredVectors(count, DIMENSIONS, { clusters: 100, spread: SPREAD })
  const table = { ids: idsOf(count), vectors, dimensions: DIMENSIONS, metric: 'cosine' as const }
  const [bytes, ourSeconds] = timeOf(() =>
    buildVectorIndex({ ...table, origin: ORIGIN, seed: 1, minRecall: 0.99 }),
  )
  const ours = openVectorIndex(bytes, 'bench.qmv')
  const peer = new Index({
    ...{ metric: MetricKind.Cos, quantization: ScalarKind.F32, dimensions: DIMENSIONS },
    ...{ connectivity: 0, expansion_add: 0, expansion_search: 0, multi: false },
  })
  const keys = BigUint64Array.from({ length: count }, (_, key) => BigInt(key))
  const [, peerSeconds] = timeOf(() => peer.add(keys, vectors, 1))
  const exact = openTable(table)
  const normal = normals(3)
  const queries = Array.from({ length: QUERIES }, (_, n) =>
    vectorAt(table, (n * 7919) % count).map((x) => x + 0.5 * normal()),
  )
  const idsFound = (found: { id: string }[]): string[] => found.map(({ id }) => id)
  const [our, theirs] = compareSearches(
    queries,
    (query) => idsFound(exact.search(query, { k: K })),
    [
      (query) => idsFound(ours.search(query, { k: K })),
      (query) => Array.from(peer.search(query, K, 1).keys, (key) => table.ids[Number(key)]!),
    ],
  )
  const { cells, visits } = ours.header
  const note = `${cells} cells, ${visits[0]!.cells} visited`
  const named = (what: string) => `Vector index, ${count} × ${DIMENSIONS}: ${what}`
  return [
    {
      ...{ what: named('build, one thread'), unit: 's', ours: ourSeconds },
      ...{ peer: 'usearch', peers: peerSeconds, note },
    },
    {
      ...{ what: named('search, median'), unit: 'ms', ours: our!.medianMs },
      ...{ peer: 'usearch', peers: theirs!.medianMs },
    },
    {
      ...{ what: named('recall@10'), unit: 'of exact search', ours: our!.recall },
      ...{ peer: 'usearch', peers: theirs!.recall },
    },
  ]
}

/** Our vector index beside usearch at f32 with its defaults: seeded vectors around a hundred centres. */
export async function benchVectorIndex(): Promise<Comparison[]> {
  return COUNTS.flatMap(benchCount)
}
