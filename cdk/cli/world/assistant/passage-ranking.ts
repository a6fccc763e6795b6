import type { Draws } from '../draws.ts'
import type { Item } from '../item.ts'

/** Standard deviation of what the app does not know, beside the weight of the rarest words, about 6. */
const NOISE = 2
const TITLE = 1.5

const wordsIn = (text: string): Set<string> =>
  new Set(text.toLowerCase().match(/[\p{L}\p{N}-]+/gu) ?? [])

/** By word: its weight in each chunk that has it. A rare word counts more (log of the inverse frequency). */
type Weights = Map<string, Map<number, number>>

function weigh(items: readonly Item[]): Weights {
  const weights: Weights = new Map()
  for (const [n, { attributes }] of items.entries()) {
    const title = wordsIn(String(attributes['title']))
    for (const word of [...title, ...wordsIn(String(attributes['description']))]) {
      const own = weights.get(word) ?? new Map<number, number>()
      weights.set(word, own.set(n, title.has(word) ? TITLE : 1))
    }
  }
  for (const own of weights.values()) {
    const rarity = Math.log(items.length / own.size)
    for (const [n, weight] of own) own.set(n, weight * rarity)
  }
  return weights
}

/** The app's own retrieval: words of the question, rare ones more, with noise. It knows no synonyms and no word forms. */
export function openPassageRanking(): (
  draws: Draws,
  question: string,
  items: readonly Item[],
  limit: number,
) => Item[] {
  const known = new WeakMap<readonly Item[], Weights>()
  return (draws, question, items, limit) => {
    const weights = known.get(items) ?? weigh(items)
    known.set(items, weights)
    const scores = Float64Array.from(items, () => NOISE * draws.normal())
    for (const word of wordsIn(question))
      for (const [n, weight] of weights.get(word) ?? []) scores[n]! += weight
    return [...scores.keys()]
      .sort((a, b) => scores[b]! - scores[a]!)
      .slice(0, limit)
      .map((n) => items[n]!)
  }
}
