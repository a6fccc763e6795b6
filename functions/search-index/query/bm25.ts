import { NORM_LENGTHS } from '../segment/norms.ts'

/**
 * BM25 as Lucene's BM25Similarity has it: Robertson and Zaragoza, "The Probabilistic Relevance
 * Framework: BM25 and Beyond", 2009, equation 3.15, without the constant factor k1 + 1. Here in doubles.
 */
const K1 = 1.2
const B = 0.75

/** How rare a term is: of `all` documents that have the field, `docs` have the term. */
export const inverseDocumentFrequency = (docs: number, all: number): number =>
  Math.log(1 + (all - docs + 0.5) / (docs + 0.5))

/** 256 factors by norm: 1 / (k1 · (1 − b + b · length / average length)). They descend. */
export function frequencyFactors(averageLength: number): Float64Array {
  const factors = new Float64Array(256)
  for (let norm = 0; norm < 256; norm++)
    factors[norm] = 1 / (K1 * (1 - B + (B * NORM_LENGTHS[norm]!) / averageLength))
  return factors
}

/**
 * weight · tf, where tf = frequency / (frequency + k1 · …). In this form, which is Lucene's, each
 * rounded step ascends with the frequency and with the factor: a score of the greatest two is a bound.
 */
export const termScore = (weight: number, frequency: number, factor: number): number =>
  weight - weight / (1 + frequency * factor)
