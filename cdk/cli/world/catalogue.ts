import { DAY_MS } from '../../../functions/contract/time.ts'
import { manualOf } from './assistant/manual.ts'
import { drawsFor } from './draws.ts'
import { type Item, itemId } from './item.ts'
import type { WorldOptions } from './options.ts'
import { createProduct } from './search/products.ts'

export { type Item, itemLine } from './item.ts'

export const CATEGORIES: readonly { name: string; words: readonly string[] }[] = [
  {
    name: 'news',
    words: ['vote', 'minister', 'budget', 'court', 'border', 'mayor', 'strike', 'treaty'],
  },
  {
    name: 'sport',
    words: ['match', 'goal', 'league', 'coach', 'sprint', 'final', 'derby', 'record'],
  },
  {
    name: 'music',
    words: ['album', 'concert', 'guitar', 'choir', 'vinyl', 'chorus', 'festival', 'remix'],
  },
  {
    name: 'film',
    words: ['director', 'premiere', 'sequel', 'script', 'actor', 'thriller', 'trailer', 'drama'],
  },
  {
    name: 'food',
    words: ['recipe', 'oven', 'bread', 'harvest', 'spice', 'kitchen', 'tasting', 'broth'],
  },
  {
    name: 'travel',
    words: ['island', 'train', 'trail', 'harbour', 'hostel', 'visa', 'summit', 'coast'],
  },
  {
    name: 'science',
    words: ['telescope', 'genome', 'reactor', 'fossil', 'orbit', 'enzyme', 'theorem', 'glacier'],
  },
  {
    name: 'fashion',
    words: ['runway', 'denim', 'linen', 'tailor', 'sneaker', 'season', 'fabric', 'collection'],
  },
  {
    name: 'games',
    words: ['quest', 'console', 'patch', 'arena', 'puzzle', 'speedrun', 'modding', 'level'],
  },
  {
    name: 'home',
    words: ['sofa', 'garden', 'paint', 'shelf', 'lamp', 'terrace', 'carpet', 'renovation'],
  },
  {
    name: 'cars',
    words: ['engine', 'battery', 'rally', 'sedan', 'charger', 'gearbox', 'hybrid', 'chassis'],
  },
  {
    name: 'books',
    words: ['novel', 'memoir', 'library', 'chapter', 'poetry', 'translation', 'publisher', 'essay'],
  },
]
const BRANDS = 40

function createArticle(options: WorldOptions, n: number, createdMs: number): Item {
  const draws = drawsFor(options.seed, 'item', n)
  const category = draws.below(CATEGORIES.length)
  const { name, words } = CATEGORIES[category]!
  // A second category lends words, so that text says more than the category does.
  const neighbour = draws.pick(CATEGORIES)
  const tags = [...new Set([draws.pick(words), draws.pick(words), draws.pick(neighbour.words)])]
  const sentence = (length: number): string =>
    Array.from({ length }, () => draws.pick(draws.uniform() < 0.8 ? words : neighbour.words)).join(
      ' ',
    )
  return {
    id: itemId(n),
    category,
    attributes: {
      category: name,
      brand: `${name}-house-${draws.below(BRANDS)}`,
      tags,
      title: `${sentence(3)} ${n}`,
    },
    text: `${sentence(8)}. ${sentence(10)}.`,
    quality: 0.7 * draws.normal(),
    createdMs,
    product: null,
  }
}

const createItem = (options: WorldOptions, n: number, createdMs: number): Item =>
  (options.surface === 'search' ? createProduct : createArticle)(options, n, createdMs)

/** The catalogue of the first day. */
export const firstItems = (options: WorldOptions): Item[] =>
  options.surface === 'assistant'
    ? [...manualOf(options).itemsAt(options.startMs)]
    : Array.from({ length: options.items }, (_, n) =>
        createItem(options, n, options.startMs - DAY_MS * (1 + (n % 20))),
      )

/** What a later day (1, 2, …) adds. Not of an assistant: its documents change, too. */
export const newItems = (options: WorldOptions, day: number): Item[] =>
  Array.from({ length: options.newItemsPerDay }, (_, i) =>
    createItem(
      options,
      options.items + (day - 1) * options.newItemsPerDay + i,
      options.startMs + day * DAY_MS,
    ),
  )

/** The catalogue by time. A day's new items are known from its first moment. */
export function catalogueOf(options: WorldOptions): (timeMs: number) => readonly Item[] {
  if (options.surface === 'assistant') return manualOf(options).itemsAt
  const items = firstItems(options)
  const days: Item[][] = [[...items]]
  for (let day = 1; day < options.days; day++) {
    items.push(...newItems(options, day))
    days.push([...items])
  }
  return (timeMs) => {
    const day = Math.floor((timeMs - options.startMs) / DAY_MS)
    return days[Math.min(days.length - 1, Math.max(0, day))]!
  }
}
