import { type Draws, drawsFor } from '../draws.ts'
import type { WorldOptions } from '../options.ts'
import { DEPARTMENTS, NOT_SOLD, type ProductType } from './vocabulary.ts'

/** What a person looks for. */
export interface Intent {
  /** Index into DEPARTMENTS. */
  department: number
  type: string
  /** All that it should have or be for. */
  traits: readonly string[]
}

/** A query as people type it. */
export interface Query {
  text: string
  /** Null: the shop sells nothing of the kind. */
  intent: Intent | null
  /** How often it is typed, beside the others. */
  weight: number
}

/** Shares of what is typed. The rest is spelled well, and for something that the shop may have. */
const MISSPELLED_SHARE = 0.06
const NOT_SOLD_SHARE = 0.04
/** Weights fall with the rank as 1 / (rank + ZIPF_OFFSET), so that the head is not one query. */
const ZIPF_OFFSET = 4

/** What is typed for one type. Without a use in its words, a query still means one: the words do not say it. */
function intentsOf(draws: Draws, department: number, { word, other }: ProductType) {
  const { traits, uses } = DEPARTMENTS[department]!
  const [trait, second] = [draws.pick(traits), draws.pick(traits)]
  const [use, meant] = [draws.pick(uses), draws.pick(uses)]
  const ask = (text: string, ...wanted: string[]) => ({
    text,
    intent: { department, type: word, traits: wanted },
  })
  return [
    ask(word, meant),
    ask(other, meant),
    ask(`${trait} ${word}`, trait, meant),
    ask(`${second} ${other}`, second),
    ask(`${word} for ${use}`, use),
    ask(`${trait} ${word} ${use}`, trait, use),
  ]
}

/** Two letters exchanged, or one left out, after the first one. */
function misspell(draws: Draws, text: string): string {
  const at = 1 + draws.below(Math.max(1, text.length - 2))
  return draws.uniform() < 0.5
    ? text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2)
    : text.slice(0, at) + text.slice(at + 1)
}

const total = (queries: readonly Query[]): number =>
  queries.reduce((sum, { weight }) => sum + weight, 0)
/** The same queries with weights that sum to a share. */
function withShare(queries: readonly Query[], share: number): Query[] {
  const sum = total(queries)
  return queries.map((query) => ({ ...query, weight: (share * query.weight) / sum }))
}

/** All queries of a world, each text once. Weights sum to 1. */
export function createQueries({ seed }: Pick<WorldOptions, 'seed'>): Query[] {
  const draws = drawsFor(seed, 'queries')
  const known = new Map<string, Query>()
  const add = (queries: readonly Query[]): void => {
    for (const query of queries) if (!known.has(query.text)) known.set(query.text, query)
  }
  const sold = DEPARTMENTS.flatMap(({ types }, department) =>
    types.flatMap((type) => intentsOf(draws, department, type)),
  )
    .map((query) => ({ ...query, place: draws.uniform() }))
    .sort((a, b) => a.place - b.place)
    .map(({ text, intent }, rank) => ({ text, intent, weight: 1 / (rank + ZIPF_OFFSET) }))
  add(withShare(sold, 1 - MISSPELLED_SHARE - NOT_SOLD_SHARE))
  const misspelled = sold.map((query) => ({ ...query, text: misspell(draws, query.text) }))
  add(withShare(misspelled, MISSPELLED_SHARE))
  const notSold = NOT_SOLD.map((text) => ({ text, intent: null, weight: 1 }))
  add(withShare(notSold, NOT_SOLD_SHARE))
  const queries = [...known.values()]
  return withShare(queries, 1)
}
