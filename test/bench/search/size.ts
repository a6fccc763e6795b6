import { createAnalyzers } from '../../../functions/search-index/analysis/analyzer.ts'
import type { Comparison } from '../comparison.ts'
import { TEXT_DEFINITION } from './engines.ts'
import type { OpenSearch } from './open-search.ts'
import { type Document, encodeDocuments } from './our-index.ts'
import { bulkBodies, createIndex, mergedBytes, storeBytes, writeBodies } from './server-index.ts'

const INDEX = 'sized'

/** Writes the server's index of terms, in two segments. Half a minute later it can be measured. */
export async function writeSized(
  server: OpenSearch,
  documents: readonly Document[],
): Promise<void> {
  const bodies = bulkBodies(documents)
  const half = Math.ceil(bodies.length / 2)
  await createIndex(server, INDEX, TEXT_DEFINITION, 'terms')
  await writeBodies(server, INDEX, bodies.slice(0, half))
  await writeBodies(server, INDEX, bodies.slice(half))
}

/** Bytes that the terms would take in their order, each coded by its frequency alone. */
function entropyBytes(documents: readonly Document<'text'>[]): number {
  const analyze = createAnalyzers(TEXT_DEFINITION)['text']!
  const counts = new Map<string, number>()
  const texts = documents.map(({ fields }) => analyze(fields.text))
  for (const { term } of texts.flat()) counts.set(term, (counts.get(term) ?? 0) + 1)
  const tokens = texts.reduce((sum, { length }) => sum + length, 0)
  const bits = [...counts.values()].reduce((sum, n) => sum - n * Math.log2(n / tokens), 0)
  return bits / 8
}

/**
 * Bytes a document of the index without stored documents, beside an index on the server with `_source` off: in one
 * segment, and before the server has dropped the JSON that it keeps for new replicas in the first hours.
 */
export async function benchSize(
  documents: readonly Document<'text'>[],
  server: OpenSearch,
): Promise<Comparison[]> {
  const each = (bytes: number): number => bytes / documents.length
  const analyzers = createAnalyzers(TEXT_DEFINITION)
  const ours = each(encodeDocuments(TEXT_DEFINITION, analyzers, documents).index.length)
  const kept = each(await storeBytes(server, INDEX))
  const merged = each(await mergedBytes(server, INDEX, documents.length))
  const what = 'Search index with ids and positions'
  const entropy = `entropy of the terms: ${each(entropyBytes(documents)).toFixed(1)}`
  return [
    {
      what,
      unit: 'bytes/document',
      ours,
      peer: 'OpenSearch without _source',
      peers: merged,
      note: entropy,
    },
    {
      what,
      unit: 'bytes/document',
      ours,
      peer: 'the same with JSON kept for replicas',
      peers: kept,
    },
  ]
}
