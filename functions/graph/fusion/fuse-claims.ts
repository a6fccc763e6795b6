import type { Claim, Fact } from '../../contract/claims.ts'
import { canonicalJson, sha256Hex } from '../../core/digest.ts'
import { uniqueClaims } from '../claims/claim.ts'
import { compareFacts, type Fusion, factOf } from '../fold/fuse.ts'
import { bySubjectAndRelation, type FusionRules, isSingleIn, providerIn } from './learn-accuracy.ts'
import { type SourceAccuracies, valueProbabilities } from './value-probabilities.ts'
import { groupValues } from './values.ts'

/** A fact needs a confidence above 0. */
const LEAST_CONFIDENCE = 1e-12

/**
 * Turns claims into facts, in canonical order. Contradictory values are kept, each with its probability; those of a
 * single-valued relation sum to less than 1. Values that are alike become one fact, by the spelling of the most
 * confidence. The order of the claims does not matter.
 */
export function fuse(
  claims: readonly Claim[],
  sources: SourceAccuracies,
  rules: FusionRules = {},
): Fact[] {
  const providerOf = providerIn(rules)
  const facts: Fact[] = []
  for (const own of bySubjectAndRelation(uniqueClaims(claims))) {
    const values = groupValues(own)
    const isSingle = isSingleIn(rules, own[0]!.relation, own)
    const probabilities = valueProbabilities(values, isSingle, sources, providerOf)
    for (const [at, value] of values.entries())
      facts.push(factOf(value, () => Math.min(1, Math.max(LEAST_CONFIDENCE, probabilities[at]!))))
  }
  return facts.sort(compareFacts)
}

/** A fusion for the fold. Its name holds the digest of the accuracies, so facts of two models are never mixed. */
export function createFusion(sources: SourceAccuracies, rules: FusionRules = {}): Fusion {
  const learned = canonicalJson([
    sources.prior,
    [...sources.accuracies].sort(([a], [b]) => (a < b ? -1 : 1)),
  ])
  return {
    name: `accu@1-${sha256Hex(learned).slice(0, 16)}`,
    fuse: (claims) => fuse(claims, sources, rules),
  }
}
