import { type Claim, RELATIONS } from '../../contract/claims.ts'
import { uniqueClaims } from '../claims/claim.ts'
import {
  accuracyOf,
  confidences,
  type ProviderOf,
  type SourceAccuracies,
  valueProbabilities,
} from './value-probabilities.ts'
import { type Alike, groupValues } from './values.ts'

export interface FusionRules {
  /** Whose claim it is, as far as trust goes: a shop, a feed, an extractor. Absent: the claim's source. */
  providerOf?: ProviderOf
  /** Whether a subject has one value of the relation at most. Absent: relations to literals have, but for `alias`. */
  isSingleValued?: (relation: string, claims: readonly Claim[]) => boolean
}

/** Before anything is known: as in ACCU, with the weight of four claims. */
const PRIOR = 0.8
const PRIOR_CLAIMS = 4
const ROUNDS = 100
const CLOSE = 1e-6

export const providerIn = ({ providerOf = ({ source }) => source }: FusionRules): ProviderOf =>
  providerOf
export const isSingleIn = (
  rules: FusionRules,
  relation: string,
  claims: readonly Claim[],
): boolean =>
  rules.isSingleValued?.(relation, claims) ??
  (relation !== RELATIONS.alias && claims.every(({ isEntity }) => !isEntity))

/** Claims in canonical order, by subject and relation. */
export function* bySubjectAndRelation(claims: readonly Claim[]): Generator<Claim[]> {
  for (let at = 0; at < claims.length; ) {
    const start = at
    const { subject, relation } = claims[at]!
    while (
      at < claims.length &&
      claims[at]!.subject === subject &&
      claims[at]!.relation === relation
    )
      at++
    yield claims.slice(start, at)
  }
}

interface Item {
  values: Alike[]
  isSingle: boolean
  /** Of each value: its providers and how confident they are. */
  named: [provider: string, confidence: number][][]
}

/** Expected true claims and all claims of each provider, both weighed by confidence. */
function countTrue(items: readonly Item[], sources: SourceAccuracies, providerOf: ProviderOf) {
  const sums = new Map<string, { isTrue: number; all: number }>()
  for (const { values, isSingle, named } of items) {
    const probabilities = valueProbabilities(values, isSingle, sources, providerOf)
    for (const [at, providers] of named.entries())
      for (const [provider, confidence] of providers) {
        const sum = sums.get(provider) ?? { isTrue: 0, all: 0 }
        sum.isTrue += confidence * probabilities[at]!
        sum.all += confidence
        sums.set(provider, sum)
      }
  }
  return sums
}

/**
 * Learns how often each provider is right, without labels: values are as probable as their providers are accurate,
 * and providers are as accurate as their values are probable (Dong, Berti-Équille and Srivastava 2009, section 3,
 * ACCU), until nothing changes. The prior weighs as much as four claims. Only claims that others confirm or
 * contradict teach anything. The order of the claims does not matter, and a claim that comes twice counts once.
 */
export function learnSourceAccuracy(
  claims: readonly Claim[],
  rules: FusionRules = {},
): SourceAccuracies {
  const providerOf = providerIn(rules)
  const items: Item[] = []
  for (const own of bySubjectAndRelation(uniqueClaims(claims))) {
    const values = groupValues(own)
    const named = values.map((value) => confidences(value, providerOf))
    const providers = new Set(named.flatMap((one) => one.map(([provider]) => provider)))
    if (providers.size > 1)
      items.push({ values, named, isSingle: isSingleIn(rules, own[0]!.relation, own) })
  }
  let sources: SourceAccuracies = { accuracies: new Map(), prior: PRIOR }
  for (let round = 0; round < ROUNDS; round++) {
    const sums = [...countTrue(items, sources, providerOf)].sort(([a], [b]) => (a < b ? -1 : 1))
    const next = new Map(
      sums.map(([provider, { isTrue, all }]) => [
        provider,
        (PRIOR_CLAIMS * PRIOR + isTrue) / (PRIOR_CLAIMS + all),
      ]),
    )
    let change = 0
    for (const [provider, own] of next)
      change = Math.max(change, Math.abs(own - accuracyOf(sources, provider)))
    sources = { accuracies: next, prior: PRIOR }
    if (change < CLOSE) break
  }
  return sources
}
