import { sha256Hex } from '../../core/digest.ts'
import {
  FEEDBACK_OPTIONS,
  type FeedbackOptions,
  feedbackQuery,
  relevanceModel,
} from './feedback.ts'
import { fuseRanks, fuseScores, type WeightedList } from './fuse.ts'
import type { ChunkFacts, Expansion, Filters, Found, RetrievalPorts } from './ports.ts'
import { withoutQuestionWords } from './question-words.ts'

/** What each list counts in the fusion; 0 leaves it out. */
interface FusionWeights {
  lexical: number
  vector: number
  latent: number
  entities: number
  feedback: number
}

export interface RetrieveOptions {
  k: number
  filters?: Filters
  /** Places of each list that are read. */
  depth?: number
  weights?: Partial<FusionWeights>
  feedback?: Partial<FeedbackOptions>
  /** By relative scores, or by reciprocal ranks. */
  fusion?: 'scores' | 'ranks'
}

export interface Retrieved extends ChunkFacts {
  score: number
  /** Rank from 1 in each list that found it. */
  ranks: Readonly<Record<string, number>>
  /** Chunks with the same text that were left out, with their places in the source. */
  duplicates: Pick<ChunkFacts, 'id' | 'documentId' | 'start' | 'end'>[]
}

/** README.md of this folder has the measurements that these come from. */
const FUSION_WEIGHTS: FusionWeights = {
  lexical: 1,
  vector: 0.2,
  latent: 0.5,
  entities: 2,
  feedback: 0.3,
}
const DEPTH = 100
/** Chunks that the query moves to in the latent space. */
const LATENT_CHUNKS = 5
/** A query with the names of a whole branch of a taxonomy is no query. */
const MAX_NAMES = 50

/** The query and the names that the graph adds to it, as words: signs and quotes have no meaning here. */
function expandedQuery(query: string, expansions: readonly Expansion[]): string | null {
  const names = [...new Set(expansions.flatMap((one) => one.names))].slice(0, MAX_NAMES)
  const plain = (text: string): string => text.replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ').trim()
  return names.length === 0 ? null : [query, ...names].map(plain).join(' ')
}

/** The lists that need nothing but the question. Names of entities are looked for in all of its words. */
async function firstLists(
  { question, query }: { question: string; query: string },
  ports: RetrievalPorts,
  weights: FusionWeights,
  [depth, filters]: [number, Filters],
): Promise<WeightedList[]> {
  const entities = async (): Promise<readonly Found[]> => {
    const expanded = expandedQuery(query, (await ports.expand?.(question)) ?? [])
    return expanded === null ? [] : ports.lexical(expanded, depth, filters)
  }
  const lists = {
    lexical: () => ports.lexical(query, depth, filters),
    vector: async () => (await ports.vector?.(query, depth, filters)) ?? [],
    latent: async () => (await ports.latent?.(query, depth, filters)) ?? [],
    entities,
  }
  return Promise.all(
    Object.entries(lists)
      .filter(([name]) => weights[name as keyof FusionWeights] > 0)
      .map(async ([name, search]) => ({
        ...{ name, weight: weights[name as keyof FusionWeights] },
        found: await search(),
      })),
  )
}

interface FeedbackRun {
  fuse: typeof fuseScores
  depth: number
  filters: Filters
  weight: number
  options: FeedbackOptions
}

/**
 * The lists after feedback: the query's vector moves in the latent space to the best chunks so far, then the words that
 * the best ones share make one more query.
 */
async function withFeedback(
  query: string,
  ports: RetrievalPorts,
  first: readonly WeightedList[],
  { fuse, depth, filters, weight, options }: FeedbackRun,
): Promise<WeightedList[]> {
  const near = fuse(first).slice(0, LATENT_CHUNKS)
  const lists = await Promise.all(
    first.map(async (list) =>
      list.name === 'latent' && ports.latent && near.length > 0
        ? { ...list, found: await ports.latent(query, depth, filters, near) }
        : list,
    ),
  )
  const { shareOf, run = async (asks) => asks() } = ports
  if (!shareOf) return lists
  const best = fuse(lists).slice(0, options.chunks)
  const facts = await ports.chunks(best.map(({ id }) => id))
  const relevant = facts.flatMap((fact, i) =>
    fact ? [{ text: fact.text, score: best[i]!.score }] : [],
  )
  const model = await run(() => relevanceModel(relevant, shareOf, options))
  const text = feedbackQuery(query, model, options.queryWeight)
  if (text === null) return lists
  return [...lists, { name: 'feedback', weight, found: await ports.lexical(text, depth, filters) }]
}

/** Chunks of equal text are one result, in the place of the best of them. */
function collapse(
  facts: readonly (ChunkFacts & Pick<Retrieved, 'score' | 'ranks'>)[],
): Retrieved[] {
  const byText = new Map<string, Retrieved>()
  for (const one of facts) {
    const digest = sha256Hex(one.text.normalize('NFC').replace(/\s+/gu, ' ').trim())
    const first = byText.get(digest)
    if (first) {
      const { id, documentId, start, end } = one
      first.duplicates.push({ id, documentId, start, end })
    } else byText.set(digest, { ...one, duplicates: [] })
  }
  return [...byText.values()]
}

/**
 * The best chunks for a question: lists of the inverted index, the vectors, the latent space and the names that the graph
 * adds are fused; then the best chunks move the query in the latent space, and their words make one more query. Question
 * words count nothing. Equal texts are one result. A text that a chunk has is content, never part of the query's meaning.
 */
export async function retrieve(
  question: string,
  ports: RetrievalPorts,
  options: RetrieveOptions,
): Promise<Retrieved[]> {
  const { k, filters = {}, depth = Math.max(DEPTH, 2 * k) } = options
  const fuse = options.fusion === 'ranks' ? fuseRanks : fuseScores
  const weights = { ...FUSION_WEIGHTS, ...options.weights }
  const query = withoutQuestionWords(question)
  const first = await firstLists({ question, query }, ports, weights, [depth, filters])
  const lists =
    weights.feedback > 0
      ? await withFeedback(query, ports, first, {
          ...{ fuse, depth, filters, weight: weights.feedback },
          options: { ...FEEDBACK_OPTIONS, ...options.feedback },
        })
      : first
  const fused = fuse(lists)
  const results: (ChunkFacts & Pick<Retrieved, 'score' | 'ranks'>)[] = []
  // Read as far as k different texts need.
  for (let at = 0; at < fused.length && collapse(results).length < k; at += 2 * k) {
    const part = fused.slice(at, at + 2 * k)
    const facts = await ports.chunks(part.map(({ id }) => id))
    for (const [i, { score, ranks }] of part.entries())
      if (facts[i]) results.push({ ...facts[i], score, ranks })
  }
  return collapse(results).slice(0, k)
}
