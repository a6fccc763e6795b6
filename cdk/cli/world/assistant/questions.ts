import { drawsFor } from '../draws.ts'
import type { WorldOptions } from '../options.ts'
import type { Query } from '../search/queries.ts'
import { hasGuide } from './documents.ts'
import { NOT_DOCUMENTED, PRODUCTS } from './products.ts'
import { GUIDES } from './subjects.ts'

/** Share of questions that no document answers. */
const NOT_DOCUMENTED_SHARE = 0.05
/** Share of a task's questions that have the words of its heading, and of those with the product's own word. */
const PLAIN_SHARE = 0.55
const OWN_WORD_SHARE = 0.7
/** Weights fall with the rank as 1 / (rank + ZIPF_OFFSET). */
const ZIPF_OFFSET = 10

const scaled = (queries: readonly Query[], share: number): Query[] => {
  const sum = queries.reduce((total, { weight }) => total + weight, 0)
  return queries.map((query) => ({ ...query, weight: (share * query.weight) / sum }))
}
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/**
 * All questions of a world, about the guides that its first documents have. What is meant: `department` is the product, `type` the guide, and the only trait is the
 * task. Weights sum to 1.
 */
export function createQuestions(options: Pick<WorldOptions, 'seed' | 'items'>): Query[] {
  const draws = drawsFor(options.seed, 'questions')
  const answered = PRODUCTS.flatMap(({ word, other }, department) =>
    GUIDES.filter((_, guide) => hasGuide(options, department, guide)).flatMap(
      ({ name: type, tasks }) =>
        tasks.flatMap(({ heading, asked }) =>
          [`${heading.toLowerCase()} of the {it}`, ...asked].flatMap((text, n) =>
            [word, other].map((it) => ({
              text: `${capital(text.replaceAll('{it}', it))}?`,
              intent: { department, type, traits: [heading] },
              share:
                (n === 0 ? PLAIN_SHARE : (1 - PLAIN_SHARE) / asked.length) *
                (it === word ? OWN_WORD_SHARE : 1 - OWN_WORD_SHARE),
              place: draws.uniform(),
            })),
          ),
        ),
    ),
  )
    .sort((a, b) => a.place - b.place)
    .map(({ text, intent, share }, rank) => ({
      ...{ text, intent, weight: share / (rank + ZIPF_OFFSET) },
    }))
  const others = NOT_DOCUMENTED.map((text) => ({
    ...{ text: `${capital(text)}?`, intent: null, weight: 1 },
  }))
  return [...scaled(answered, 1 - NOT_DOCUMENTED_SHARE), ...scaled(others, NOT_DOCUMENTED_SHARE)]
}
