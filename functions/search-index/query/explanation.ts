/** How a term or a phrase counts in one field: score = weight · boost · times · idf · tf. */
export interface Bm25Explanation {
  kind: 'term' | 'phrase'
  field: string
  terms: readonly string[]
  score: number
  /** Of the field, in the definition. */
  weight: number
  /** 1, or less for a term that a fuzzy word found: 1 − edits / length. */
  boost: number
  /** How often the query has it. */
  times: number
  /** ln(1 + (N − n + 0.5) / (n + 0.5)); of a phrase, the sum over its terms. */
  idf: number
  /** Live documents that have each term (n). */
  docs: readonly number[]
  /** Live documents that have the field (N). */
  allDocs: number
  /** frequency / (frequency + k1 · (1 − b + b · length / averageLength)). */
  tf: number
  frequency: number
  /** Tokens of the field as the norm keeps them: exact below 24, then four significant bits. */
  length: number
  averageLength: number
}

/** A prefix counts the same in each document: score = weight · times. */
export interface PrefixExplanation {
  kind: 'prefix'
  field: string
  prefix: string
  score: number
  weight: number
  times: number
}
export type MatchExplanation = Bm25Explanation | PrefixExplanation

/**
 * Words of the query in one field. The score is the greatest of: the sum of `own`, and each of
 * `alternatives` (synonyms, or the terms that a fuzzy word found).
 */
export interface GroupExplanation {
  field: string
  score: number
  own: readonly MatchExplanation[]
  alternatives: readonly MatchExplanation[]
}

/** A hit's score: the sum over groups, in the order of the query and of the definition's fields. */
export interface ScoreExplanation {
  score: number
  groups: readonly GroupExplanation[]
}
