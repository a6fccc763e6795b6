import type { Draws } from '../draws.ts'
import type { Item } from '../item.ts'

/** What a query's word counts in the title and in the text. */
const TITLE = 1.5
const TEXT = 1
const NOISE = 1.5

interface Words {
  title: ReadonlySet<string>
  text: ReadonlySet<string>
}
const wordsIn = (text: string): Set<string> =>
  new Set(text.toLowerCase().match(/[\p{L}\p{N}-]+/gu) ?? [])

interface Scored {
  item: Item
  score: number
}
const descending = (a: Scored, b: Scored): number => b.score - a.score

/**
 * The app's own search: words of the query in title and text, with noise, and no idea of what people
 * mean. It knows no synonyms, word forms or misspellings. After the matches it lists what is popular.
 */
export function openTextRanking(): (
  draws: Draws,
  query: string,
  items: readonly Item[],
  limit: number,
) => Item[] {
  const known = new WeakMap<Item, Words>()
  const wordsOf = (item: Item): Words => {
    const found = known.get(item) ?? {
      title: wordsIn(String(item.attributes['title'])),
      text: wordsIn(item.text),
    }
    known.set(item, found)
    return found
  }
  return (draws, query, items, limit) => {
    const asked = [...wordsIn(query)]
    const matches: Scored[] = []
    const others: Scored[] = []
    for (const item of items) {
      const { title, text } = wordsOf(item)
      const match = asked.reduce(
        (sum, word) => sum + (title.has(word) ? TITLE : 0) + (text.has(word) ? TEXT : 0),
        0,
      )
      if (match > 0) matches.push({ item, score: match + NOISE * draws.normal() })
      else others.push({ item, score: item.quality + draws.normal() })
    }
    const results = matches.sort(descending).slice(0, limit)
    const more = results.length < limit ? others.sort(descending) : []
    return [...results, ...more].slice(0, limit).map(({ item }) => item)
  }
}
