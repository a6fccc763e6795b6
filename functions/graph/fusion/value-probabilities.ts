import type { Alike } from './values.ts'

/** How much sources are to be trusted: the share of their values that are true, by provider. */
export interface SourceAccuracies {
  /** In (0, 1). A provider that is not here has the prior's accuracy. */
  accuracies: ReadonlyMap<string, number>
  prior: number
}

/** Wrong values of a subject and relation that sources could name, all as probable (Dong et al., section 3.2). */
const WRONG_VALUES = 10
/** An accuracy outside makes one source outvote any number of others. */
const [LEAST, MOST] = [0.05, 0.99]
/** Share of true values that a provider names, of a relation of several, and of wrong ones. */
const [NAMED, NAMED_WRONG] = [0.6, 0.1]
/** ln of what it says against a value that a provider names others and not this one. */
const OMISSION = Math.log((1 - NAMED) / (1 - NAMED_WRONG))

export const accuracyOf = ({ accuracies, prior }: SourceAccuracies, provider: string): number =>
  Math.min(MOST, Math.max(LEAST, accuracies.get(provider) ?? prior))

/** Each provider's most confident claim for a value: a provider that says something ten times says it once. */
export function confidences(
  claims: Alike,
  providerOf: ProviderOf,
): [provider: string, confidence: number][] {
  const most = new Map<string, number>()
  for (const claim of claims) {
    const provider = providerOf(claim)
    most.set(provider, Math.max(most.get(provider) ?? 0, claim.confidence))
  }
  return [...most].sort(([a], [b]) => (a < b ? -1 : 1))
}
export type ProviderOf = (claim: Alike[number]) => string

/**
 * Probability of each value of one subject and relation.
 *
 * Single-valued: one value at most is true. A provider of accuracy A counts ln(n A / (1 − A)), n the number of wrong
 * values (Dong, Berti-Équille and Srivastava 2009, "Integrating conflicting data: the role of source dependence",
 * section 3.2, ACCU). A claim of confidence c counts as one of its provider with c, and as chance with 1 − c. What
 * nobody names has the rest, so the sum is below 1.
 *
 * Several values: each is true or not by itself. A provider that names it counts ln(A / (1 − A)), and one that names
 * only others counts against it (after Zhao et al. 2012, "A Bayesian approach to discovering truth from conflicting
 * sources").
 */
export function valueProbabilities(
  values: readonly Alike[],
  isSingle: boolean,
  sources: SourceAccuracies,
  providerOf: ProviderOf,
): number[] {
  const named = values.map((value) => confidences(value, providerOf))
  return isSingle ? oneOf(named, sources) : eachOf(named, sources)
}

type Named = [provider: string, confidence: number][]

function oneOf(named: readonly Named[], sources: SourceAccuracies): number[] {
  const wrong = Math.max(WRONG_VALUES, named.length)
  const votes = named.map((providers) =>
    providers.reduce((sum, [provider, confidence]) => {
      const accuracy = accuracyOf(sources, provider)
      const chance = (1 - confidence) / (wrong + 1)
      const isTrue = confidence * accuracy + chance
      return sum + Math.log(isTrue / ((confidence * (1 - accuracy)) / wrong + chance))
    }, 0),
  )
  const most = votes.reduce((a, b) => Math.max(a, b), 0)
  const odds = votes.map((vote) => Math.exp(vote - most))
  const unnamed = (wrong + 1 - named.length) * Math.exp(-most)
  const total = odds.reduce((a, b) => a + b, unnamed)
  return odds.map((own) => own / total)
}

function eachOf(named: readonly Named[], sources: SourceAccuracies): number[] {
  const providers = new Set(named.flatMap((value) => value.map(([provider]) => provider)))
  return named.map((value) => {
    const vote = value.reduce((sum, [provider, confidence]) => {
      const isTrue = confidence * accuracyOf(sources, provider) + (1 - confidence) / 2
      return sum + Math.log(isTrue / (1 - isTrue))
    }, 0)
    const silent = providers.size - value.length
    return 1 / (1 + Math.exp(-(vote + silent * OMISSION)))
  })
}
