import { beforeAll, expect, test } from 'vitest'
import type { Found, RetrievalPorts } from '../../../functions/graph/retrieval/ports.ts'
import { type RetrieveOptions, retrieve } from '../../../functions/graph/retrieval/retrieve.ts'
import {
  countTerms,
  fitLatentSpace,
  latentProjector,
} from '../../../functions/math/latent-space.ts'
import { ndcg } from '../../../functions/math/ndcg.ts'
import { makeCollection } from '../../make/documents-collection.ts'
import { smallIndex, writtenSegment } from '../../search-index/query/small-index.ts'

const { chunks, queries, synonyms } = makeCollection(1, 600, 40)
const byId = new Map(chunks.map((chunk) => [chunk.id, chunk]))

/** Ports over the product's own index, and a latent space of its terms. */
function makePorts(): RetrievalPorts {
  const documents = chunks.map(({ id, text }) => ({ id, texts: { text } }))
  const index = smallIndex(
    { fields: { text: { from: 'text', analyzer: 'english' } } },
    [documents],
    writtenSegment,
  )
  const termsOf = (text: string): string[] => index.analyzers['text']!(text).map(({ term }) => term)
  const texts = chunks.map(({ text }) => termsOf(text))
  const having = new Map<string, number>()
  for (const terms of texts)
    for (const term of new Set(terms)) having.set(term, (having.get(term) ?? 0) + 1)
  const counts = texts.map(countTerms)
  const project = latentProjector(
    fitLatentSpace(counts, { dimensions: 64, minChunks: 2, passes: 4, seed: 1 }),
  )
  const vectors = counts.map(project)
  const latent = (query: string, depth: number): Found[] => {
    const asked = project(countTerms(termsOf(query)))
    if (asked === null) return []
    return chunks
      .map(({ id }, i) => ({
        id,
        score: vectors[i]!.reduce((sum, value, j) => sum + value * asked[j]!, 0),
      }))
      .sort((a, b) => b.score - a.score)
      .slice(0, depth)
  }
  return {
    lexical: async (query, depth) => index.search(query, { limit: depth }).hits,
    latent: async (query, depth) => latent(query, depth),
    expand: async (query) =>
      query.split(' ').flatMap((name) => {
        const names = synonyms.get(name)
        return names ? [{ entity: `concept:${name}`, names }] : []
      }),
    chunks: async (ids) => ids.map((id) => byId.get(id) ?? null),
    shareOf: (word) => (having.get(termsOf(word)[0] ?? '') ?? 0) / chunks.length,
  }
}

/** Mean nDCG@10 and recall@10. */
async function measure(ports: RetrievalPorts, options: Omit<RetrieveOptions, 'k'> = {}) {
  let [gain, recall] = [0, 0]
  for (const { text, grades } of queries) {
    const found = (await retrieve(text, ports, { k: 10, ...options })).map(({ id }) => id)
    const missed = [...grades].filter(([id]) => !found.includes(id)).map(([, grade]) => grade)
    const shown = Array.from({ length: 10 }, (_, i) => grades.get(found[i] ?? '') ?? 0)
    gain += ndcg([...shown, ...missed], 10)!
    recall += shown.filter((grade) => grade > 0).length / Math.min(10, grades.size)
  }
  return { ndcg: gain / queries.length, recall: recall / queries.length }
}

const LEXICAL = { weights: { vector: 0, latent: 0, entities: 0, feedback: 0 } }
let ports: RetrievalPorts
let lexical: { ndcg: number; recall: number }
beforeAll(async () => {
  ports = makePorts()
  lexical = await measure(ports, LEXICAL)
})

test('Fusion with the graph beats BM25 by a fifth', async () => {
  const fused = await measure(ports)
  expect(fused.ndcg).toBeGreaterThan(1.2 * lexical.ndcg)
  expect(fused.recall).toBeGreaterThan(1.2 * lexical.recall)
})

test('Without the graph, latent space and feedback beat BM25', async () => {
  const { expand: _graph, ...rest } = ports
  const fused = await measure(rest)
  expect(fused.ndcg).toBeGreaterThan(1.05 * lexical.ndcg)
  expect(fused.recall).toBeGreaterThan(1.1 * lexical.recall)
})

test('Fusion by scores beats fusion by ranks', async () => {
  const [scores, ranks] = [await measure(ports), await measure(ports, { fusion: 'ranks' })]
  expect(scores.ndcg).toBeGreaterThan(ranks.ndcg)
})

test('BM25 alone is the fusion of one list', async () => {
  const { text } = queries[0]!
  const found = await retrieve(text, ports, { k: 10, ...LEXICAL })
  const hits = await ports.lexical(text, 10, {})
  expect(found.map(({ id }) => id)).toEqual(hits.map(({ id }) => id))
})
