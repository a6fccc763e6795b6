import type { Draws } from '../draws.ts'
import type { Item } from '../item.ts'

const RESULTS = 10
/** What a query's word counts in the title and in the text. */
const TITLE = 1.5
const TEXT = 1
const NOISE = 1.2

interface Words {
  title: ReadonlySet<string>
  text: ReadonlySet<string>
}
const wordsIn = (text: string): Set<string> =>
  new Set(text.toLowerCase().match(/[\p{L}\p{N}-]+/gu) ?? [])

/**
 * The app's own search: words of the query in title and text, with noise, and no idea of what people
 * mean. It knows no synonyms, word forms or misspellings. Where nothing matches, it shows what is popular.
 */
export function openTextRanking(): (draws: Draws, query: string, items: readonly Item[]) => Item[] {
  const known = new WeakMap<Item, Words>()
  const wordsOf = (item: Item): Words => {
    const found = known.get(item) ?? {
      title: wordsIn(String(item.attributes['title'])),
      text: wordsIn(item.text),
    }
    known.set(item, found)
    return found
  }
  return (draws, query, items) => {
    const asked = [...wordsIn(query)]
    const scored = items.map((item) => {
      const { title, text } = wordsOf(item)
      const match = asked.reduce(
        (sum, word) => sum + (title.has(word) ? TITLE : 0) + (text.has(word) ? TEXT : 0),
        0,
      )
      return { item, match }
    })
    const matches = scored.filter(({ match }) => match > 0)
    const shown =
      matches.length > 0 ? matches : scored.map(({ item }) => ({ item, match: item.quality }))
    return shown
      .map(({ item, match }) => ({ item, score: match + NOISE * draws.normal() }))
      .sort((a, b) => b.score - a.score)
      .slice(0, RESULTS)
      .map(({ item }) => item)
  }
}
