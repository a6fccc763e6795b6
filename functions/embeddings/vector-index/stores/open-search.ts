import { setTimeout } from 'node:timers/promises'
import { InvalidInput, QuartermasterError } from '../../../core/errors.ts'
import type { VectorServer } from './open-search-server.ts'
import {
  batchesOf,
  inOrder,
  isWorthAsking,
  prepareVectors,
  queryForm,
  storedDimensions,
  type VectorSet,
  type VectorStore,
} from './store.ts'

/** 500 vectors of 258 dimensions are below 3 MB of JSON; servers of AWS's small instances take 10 MB. */
const MAX_VECTORS = 500
/** The server's `index.max_result_window`, and the limit of `k`. */
const MAX_RESULTS = 10_000
/** Candidates that a search of few results looks at: with fewer its recall falls. */
const MIN_CANDIDATES = 100
const MAX_ID_BYTES = 512
/** 16 s in all: a busy server recovers. */
const WAITS_MS = [500, 1000, 2000, 4000, 8000]

interface Target {
  server: Pick<VectorServer, 'send'>
  scene: string
  pause?: (ms: number) => Promise<unknown>
}

/** Apart from the names of the scenes' text indexes, `<scene>-…`: a scene has no dot. */
const indexName = (scene: string, { generation, side }: Pick<VectorSet, 'generation' | 'side'>) =>
  `vectors.${scene}.${generation}.${side}`

function whyUnfit(id: string): string | null {
  const bytes = Buffer.byteLength(id)
  if (bytes === 0 || bytes > MAX_ID_BYTES)
    return `the id has ${bytes} bytes, expected 1 to ${MAX_ID_BYTES}`
  return id.isWellFormed() ? null : 'the id is not well-formed Unicode'
}

interface ServerError {
  error?: { type?: string; reason?: string } | string
}
function describe(status: number, body: unknown): string {
  const { error } = (body ?? {}) as ServerError
  const reason = typeof error === 'object' ? `${error.type}: ${error.reason}` : (error ?? body)
  return `${status} ${String(reason).slice(0, 300)}`
}
const isBusy = (status: number): boolean => status === 429 || status >= 500

/** Sends a request until the server is not busy. Any other status than 200 and the allowed one is thrown. */
async function send(
  { server, pause = setTimeout }: Target,
  request: Parameters<VectorServer['send']>[0],
  allowed = 200,
): Promise<{ status: number; body: unknown }> {
  for (const waitMs of [...WAITS_MS, null]) {
    const answer = await server.send(request)
    if (answer.status === 200 || answer.status === allowed) return answer
    if (waitMs === null || !isBusy(answer.status))
      throw new QuartermasterError(
        `Vector server: ${request.method} ${request.path}: ${describe(answer.status, answer.body)}`,
      )
    await pause(waitMs)
  }
  throw new Error('unreachable')
}

/** "k-NN vector" in the server's reference. Lucene's graph; vectors have length 1. */
const indexOf = (dimensions: number): object => ({
  settings: { index: { knn: true, number_of_shards: 1 } },
  mappings: {
    dynamic: false,
    // A search returns ids alone, and a generation is never indexed again from its source.
    _source: { enabled: false },
    properties: {
      vector: {
        ...{ type: 'knn_vector', dimension: dimensions },
        method: {
          ...{ name: 'hnsw', engine: 'lucene', space_type: 'cosinesimil' },
          parameters: { m: 16, ef_construction: 128 },
        },
      },
    },
  },
})

type Mappings = Record<string, { mappings?: { properties?: { vector?: { dimension?: number } } } }>

/** Makes an index. Throws QuartermasterError where one exists of other dimensions. */
async function makeIndex(target: Target, name: string, dimensions: number): Promise<void> {
  const request = { path: `/${name}`, body: JSON.stringify(indexOf(dimensions)) }
  const { status, body } = await send(target, { method: 'PUT', ...request }, 400)
  if (status === 200) return
  if (!JSON.stringify(body).includes('resource_already_exists_exception'))
    throw new InvalidInput(`Vector server: PUT /${name}: ${describe(status, body)}`)
  const mapping = await send(target, { method: 'GET', path: `/${name}/_mapping` })
  const found = (mapping.body as Mappings)[name]?.mappings?.properties?.vector?.dimension
  if (found !== dimensions)
    throw new QuartermasterError(
      `Vector index ${name}: got ${found} dimensions, expected ${dimensions}; delete it`,
    )
}

type BulkItem = Record<string, { _id: string; status: number; error?: unknown }>

/** Sends lines of a bulk request, and those again that the server was too busy for. */
async function sendBulk(
  target: Target,
  name: string,
  lines: readonly { id: string; text: string }[],
): Promise<void> {
  const { pause = setTimeout } = target
  let left = lines
  for (const waitMs of [...WAITS_MS, null]) {
    if (left.length === 0) return
    const body = left.map(({ text }) => text).join('')
    const path = `/${name}/_bulk`
    const answer = await send(target, { method: 'POST', path, body })
    const { items } = answer.body as { items: BulkItem[] }
    const results = items.map((item) => Object.values(item)[0]!)
    // A deletion of what is not there: 404.
    const isDone = ({ status, error }: (typeof results)[number]): boolean =>
      status < 300 || (status === 404 && error === undefined)
    const wrong = results.find((result) => !isDone(result) && !isBusy(result.status))
    if (wrong)
      throw new QuartermasterError(
        `Vector server: ${JSON.stringify(wrong._id)} in ${name}: ${describe(wrong.status, wrong)}`,
      )
    left = left.filter((_, i) => !isDone(results[i]!))
    if (left.length > 0 && waitMs === null)
      throw new QuartermasterError(`Vector server: ${left.length} vectors of ${name}: too busy`)
    if (left.length > 0) await pause(waitMs!)
  }
}

/**
 * OpenSearch with its k-NN plugin: an index `vectors.<scene>.<generation>.<side>` for each set, under cosine.
 * Inner products are searched by `setAugmented`. The server's searches are approximate. A Serverless
 * collection is no target: it takes no ids.
 */
export function openSearchStore(target: Target): VectorStore {
  const { scene } = target
  const refresh = (name: string) => send(target, { method: 'POST', path: `/${name}/_refresh` }, 404)
  async function remove(set: VectorSet, ids: readonly string[]): Promise<void> {
    const name = indexName(scene, set)
    const known = ids.filter((id) => whyUnfit(id) === null)
    const exists = await send(target, { method: 'GET', path: `/${name}/_mapping` }, 404)
    if (exists.status === 404 || known.length === 0) return
    for (const batch of batchesOf(known, MAX_VECTORS)) {
      const lines = batch.map((id) => ({
        ...{ id, text: `${JSON.stringify({ delete: { _id: id } })}\n` },
      }))
      await sendBulk(target, name, lines)
    }
    await refresh(name)
  }
  return {
    maxK: MAX_RESULTS,
    async put(set, vectors) {
      const name = indexName(scene, set)
      const { rows, refused } = prepareVectors(set, vectors, whyUnfit)
      await makeIndex(target, name, storedDimensions(set))
      for (const batch of batchesOf(rows, MAX_VECTORS)) {
        const lines = batch.map(({ id, values }) => {
          const text = `${JSON.stringify({ index: { _id: id } })}\n${JSON.stringify({ vector: [...values] })}\n`
          return { id, text }
        })
        await sendBulk(target, name, lines)
      }
      await remove(
        set,
        refused.map(({ id }) => id),
      )
      await refresh(name)
      return { written: rows.length, refused }
    },
    delete: remove,
    async search(set, query, k) {
      const asked = queryForm(set, query)
      if (!isWorthAsking(k, MAX_RESULTS) || !asked) return []
      const knn = { vector: { vector: [...asked.values], k: Math.max(k, MIN_CANDIDATES) } }
      const request = { size: k, query: { knn }, _source: false }
      const { status, body } = await send(
        target,
        {
          ...{ method: 'POST', path: `/${indexName(scene, set)}/_search` },
          body: JSON.stringify(request),
        },
        404,
      )
      if (status === 404) return []
      const { hits } = (body as { hits: { hits: { _id: string; _score: number }[] } }).hits
      // The server's score of a cosine is (1 + cosine) / 2.
      return inOrder(
        hits.map(({ _id, _score }) => ({ id: _id, score: (2 * _score - 1) * asked.scale })),
      )
    },
    async generations() {
      const path = `/vectors.${scene}.*/_mapping`
      const { body } = await send(target, { method: 'GET', path })
      const found = Object.keys(body as object).map((name) => name.split('.')[2]!)
      return [...new Set(found)].sort()
    },
    async drop(generation) {
      for (const side of ['in', 'out'] as const) {
        const path = `/${indexName(scene, { generation, side })}`
        await send(target, { method: 'DELETE', path }, 404)
      }
    },
  }
}
