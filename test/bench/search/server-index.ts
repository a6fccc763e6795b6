import { setTimeout as pause } from 'node:timers/promises'
import type { SearchDefinition } from '../../../functions/contract/search.ts'
import {
  INDEX_OPTIONS,
  indexTemplate,
} from '../../../functions/search-index/opensearch/index-template.ts'
import { textPath } from '../../../functions/search-index/opensearch/names.ts'
import type { OpenSearch } from './open-search.ts'
import type { Document } from './our-index.ts'

/** Indexes on an OpenSearch server, as our definition asks for them, with the server's own analysis. */

const BULK_DOCUMENTS = 1000
/**
 * The server keeps the sent JSON for new replicas, by a lease. Every 30 s it renews leases that are older than half
 * of this time; a renewed lease keeps later operations only.
 */
const LEASE = { 'soft_deletes.retention_lease.period': '1s' }
/** Otherwise the server answers with sizes that may be ten seconds old. */
const FRESH_SIZES = { 'store.stats_refresh_interval': '0s' }
const POLL_MS = 500

/** What an index keeps: what our definition asks for, or the terms of texts alone, without the sent JSON. */
type Keeps = 'everything' | 'terms'

/** Our own template, with no replica and no refresh but those that are asked for. */
function indexBody(definition: SearchDefinition, keeps: Keeps): object {
  const { settings, mappings } = indexTemplate(definition, 'bench', 'g', {
    ...{ ...INDEX_OPTIONS, replicas: 0, refreshInterval: '-1' },
    source: keeps === 'terms' ? 'none' : 'all',
  }) as { settings: { index: object }; mappings: { properties: { fields: object } } }
  if (keeps === 'everything') return { settings, mappings }
  return {
    settings: { ...settings, index: { ...settings.index, ...LEASE, ...FRESH_SIZES } },
    mappings: { ...mappings, properties: { fields: mappings.properties.fields } },
  }
}

export async function createIndex(
  { ask }: OpenSearch,
  index: string,
  definition: SearchDefinition,
  keeps: Keeps = 'everything',
): Promise<void> {
  await ask('PUT', `/${index}`, JSON.stringify(indexBody(definition, keeps)))
}

export async function deleteIndex({ ask }: OpenSearch, index: string): Promise<void> {
  await ask('DELETE', `/${index}`)
}

/** Bodies of bulk requests. Each text is sent once. */
export function bulkBodies(documents: readonly Document[]): string[] {
  const lines = documents.map(
    ({ id, fields }) =>
      `${JSON.stringify({ index: { _id: id } })}\n${JSON.stringify({ id, fields })}\n`,
  )
  return Array.from({ length: Math.ceil(lines.length / BULK_DOCUMENTS) }, (_, n) =>
    lines.slice(n * BULK_DOCUMENTS, (n + 1) * BULK_DOCUMENTS).join(''),
  )
}

/** Sends bulk requests, and ends with a refresh and a flush. */
export async function writeBodies(
  { ask }: OpenSearch,
  index: string,
  bodies: readonly string[],
): Promise<void> {
  for (const body of bodies) {
    const { errors } = await ask<{ errors: boolean }>('POST', `/${index}/_bulk`, body)
    if (errors) throw new Error(`${index}: the server refused documents`)
  }
  await ask('POST', `/${index}/_refresh`)
  await ask('POST', `/${index}/_flush`)
}

interface ShardStats {
  indices: Record<string, { shards: Record<string, { retention_leases: Leases }[]> }>
}
interface Leases {
  leases: { retaining_seq_no: number }[]
}
/** Whether the server still keeps operations, and their JSON, of an index of one shard. */
async function keepsOperations({ ask }: OpenSearch, index: string, operations: number) {
  const { indices } = await ask<ShardStats>('GET', `/${index}/_stats/docs?level=shards`)
  const [{ retention_leases }] = indices[index]!.shards['0'] as [{ retention_leases: Leases }]
  return retention_leases.leases.some(({ retaining_seq_no }) => retaining_seq_no < operations)
}

/** Bytes of all segments. */
export async function storeBytes({ ask }: OpenSearch, index: string): Promise<number> {
  const { _all } = await ask<{ _all: { primaries: { store: { size_in_bytes: number } } } }>(
    ...(['GET', `/${index}/_stats/store`] as const),
  )
  return _all.primaries.store.size_in_bytes
}

/**
 * Bytes of an index of terms (`createIndex` with 'terms') in one segment, half a minute after its last write. The
 * server drops the sent JSON in this merge, so there must be several segments.
 */
export async function mergedBytes(
  server: OpenSearch,
  index: string,
  operations: number,
): Promise<number> {
  while (await keepsOperations(server, index, operations)) await pause(POLL_MS)
  await server.ask('POST', `/${index}/_forcemerge?max_num_segments=1&flush=true`)
  await server.ask('POST', `/${index}/_refresh`)
  return storeBytes(server, index)
}

/** The server's own query for words in any field, by the fields' weights. */
const anyWord = ({ fields }: SearchDefinition, query: string): object => ({
  bool: {
    should: Object.entries(fields).map(([field, { weight }]) => ({
      match: { [textPath(field)]: { query, boost: weight } },
    })),
  },
})

export interface ServerHits {
  /** As the server measures it: whole milliseconds. */
  took: number
  ids: string[]
}

/** Searches by relevance. With `ties`, equal scores come in the order of ids, as ours do. */
export async function searchIndex(
  { ask }: OpenSearch,
  index: string,
  definition: SearchDefinition,
  query: string,
  { limit, ties = false }: { limit: number; ties?: boolean },
): Promise<ServerHits> {
  const body = JSON.stringify({
    ...{ query: anyWord(definition, query), size: limit, _source: false },
    ...(ties && { sort: [{ _score: 'desc' }, { id: 'asc' }] }),
  })
  const { took, hits } = await ask<{ took: number; hits: { hits: { _id: string }[] } }>(
    ...(['POST', `/${index}/_search`, body] as const),
  )
  return { took, ids: hits.hits.map(({ _id }) => _id) }
}
