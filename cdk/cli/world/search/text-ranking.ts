import type { Draws } from '../draws.ts'
import type { Item } from '../item.ts'

/** What a query's word counts in the title and in the description. */
const TITLE = 1.5
const DESCRIPTION = 1
const NOISE = 1.5

interface Words {
  title: ReadonlySet<string>
  description: ReadonlySet<string>
}
const wordsIn = (text: string): Set<string> =>
  new Set(text.toLowerCase().match(/[\p{L}\p{N}-]+/gu) ?? [])

interface Scored {
  item: Item
  score: number
}
const descending = (a: Scored, b: Scored): number => b.score - a.score

/** Items that do not match, the popular ones first: the app half knows what is good. */
function popular(draws: Draws, items: readonly Item[], matches: readonly Scored[]): Scored[] {
  const matching = new Set(matches.map(({ item }) => item))
  return items
    .filter((item) => !matching.has(item))
    .map((item) => ({ item, score: item.quality + draws.normal() }))
    .sort(descending)
    .map(({ item }) => ({ item, score: 0 }))
}

/**
 * The app's own search: words of the query in title and description, with noise, and no idea of what
 * people mean. It knows no synonyms, word forms or misspellings. Where too little matches, it adds what
 * is popular.
 */
export function openTextRanking(): (
  draws: Draws,
  query: string,
  items: readonly Item[],
  limit: number,
) => Item[] {
  const known = new WeakMap<Item, Words>()
  const wordsOf = (item: Item): Words => {
    const { title, description } = item.attributes
    const words = known.get(item) ?? {
      title: wordsIn(String(title)),
      description: wordsIn(String(description)),
    }
    known.set(item, words)
    return words
  }
  const matchOf = (item: Item, asked: readonly string[]): number => {
    const { title, description } = wordsOf(item)
    return asked.reduce(
      (sum, word) =>
        sum + (title.has(word) ? TITLE : 0) + (description.has(word) ? DESCRIPTION : 0),
      0,
    )
  }
  return (draws, query, items, limit) => {
    const asked = [...wordsIn(query)]
    const matches = items
      .map((item) => ({ item, score: matchOf(item, asked) }))
      .filter(({ score }) => score > 0)
    const added =
      matches.length < limit ? popular(draws, items, matches).slice(0, limit - matches.length) : []
    return [...matches, ...added]
      .map(({ item, score }) => ({ item, score: score + NOISE * draws.normal() }))
      .sort(descending)
      .slice(0, limit)
      .map(({ item }) => item)
  }
}
