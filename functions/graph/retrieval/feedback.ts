export interface FeedbackOptions {
  /** Chunks that are taken as relevant. */
  chunks: number
  /** Words that are added. */
  words: number
  /** What the query itself counts; the added words count the rest. */
  queryWeight: number
  /** A word that more chunks have than this share tells nothing apart. */
  maxShare: number
}
/** Abdul-Jaleel et al. 2004 and Lin 2019 ("The neural hype", section 3) take 10 chunks, 10 to 20 words and a half. */
export const FEEDBACK_OPTIONS: FeedbackOptions = {
  chunks: 10,
  words: 20,
  queryWeight: 0.5,
  maxShare: 0.1,
}

const WORD = /[\p{L}\p{N}\p{M}]+/gu
const MIN_LETTERS = 2
const MAX_LETTERS = 24
/** The heaviest word is written this often: weights are counts. */
const MAX_REPEATS = 12
/** An index refuses longer queries. */
const MAX_CHARACTERS = 8000

export const wordsOf = (text: string): string[] =>
  text.normalize('NFC').toLowerCase().match(WORD) ?? []

/** A chunk that is taken as relevant, with its score. */
export interface FeedbackChunk {
  text: string
  /** Above 0; only ratios count. */
  score: number
}

/**
 * The relevance model of the best chunks: P(word) ∝ Σ P(word | chunk) · score, over words that few chunks of the
 * collection have (Lavrenko & Croft 2001, "Relevance-based language models", method 1, with the score in place of the
 * query's likelihood). The heaviest first, then by the word; weights sum to 1.
 */
export function relevanceModel(
  chunks: readonly FeedbackChunk[],
  shareOf: (word: string) => number,
  { words, maxShare }: Pick<FeedbackOptions, 'words' | 'maxShare'>,
): [word: string, weight: number][] {
  const weights = new Map<string, number>()
  for (const { text, score } of chunks) {
    const all = wordsOf(text)
    for (const word of all) weights.set(word, (weights.get(word) ?? 0) + score / all.length)
  }
  const best = [...weights]
    .filter(([word]) => word.length >= MIN_LETTERS && word.length <= MAX_LETTERS)
    .filter(([word]) => !/^\p{N}+$/u.test(word))
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  const chosen: [string, number][] = []
  for (const [word, weight] of best) {
    if (chosen.length === words) break
    const share = shareOf(word)
    if (share > 0 && share <= maxShare) chosen.push([word, weight])
  }
  const total = chosen.reduce((sum, [, weight]) => sum + weight, 0)
  return chosen.map(([word, weight]) => [word, weight / total])
}

/**
 * A query of the query's words and the model's, each as often as it counts (RM3: Abdul-Jaleel et al. 2004, "UMass at
 * TREC 2004", section 2). An inverted index adds a word's score as often as the query has it. Null without a model.
 */
export function feedbackQuery(
  query: string,
  model: readonly (readonly [word: string, weight: number])[],
  queryWeight: number,
): string | null {
  if (model.length === 0) return null
  const own = wordsOf(query)
  const weights = new Map<string, number>()
  for (const word of own) weights.set(word, (weights.get(word) ?? 0) + queryWeight / own.length)
  for (const [word, weight] of model)
    weights.set(word, (weights.get(word) ?? 0) + (1 - queryWeight) * weight)
  const most = Math.max(...weights.values())
  const repeats = [...weights].flatMap(([word, weight]) =>
    Array<string>(Math.round((MAX_REPEATS * weight) / most)).fill(word),
  )
  const text = repeats.join(' ')
  return text.length > MAX_CHARACTERS ? text.slice(0, text.lastIndexOf(' ', MAX_CHARACTERS)) : text
}
