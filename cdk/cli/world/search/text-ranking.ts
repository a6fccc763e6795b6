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
  return (draws, query, items, limit) => {
    const asked = [...wordsIn(query)]
    const matches: Scored[] = []
    const others: Scored[] = []
    for (const item of items) {
      const { title, description } = wordsOf(item)
      const match = asked.reduce(
        (sum, word) =>
          sum + (title.has(word) ? TITLE : 0) + (description.has(word) ? DESCRIPTION : 0),
        0,
      )
      if (match > 0) matches.push({ item, score: match + NOISE * draws.normal() })
      else others.push({ item, score: item.quality + draws.normal() })
    }
    const more = others
      .sort(descending)
      .slice(0, Math.max(0, limit - matches.length))
      .map(({ item }) => ({ item, score: NOISE * draws.normal() }))
    return [...matches, ...more]
      .sort(descending)
      .slice(0, limit)
      .map(({ item }) => item)
  }
}
