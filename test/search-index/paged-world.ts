import type { SearchRead } from '../../functions/contract/search.ts'
import type { SearchOptions } from '../../functions/contract/search-options.ts'
import { openSearch } from '../../functions/reader/search.ts'
import { PagedReads } from '../../functions/search-index/pages/paged-reads.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { type SearchWorld, SHOP } from '../make/search-world.ts'
import { readIndex, writeIndex } from '../make/written-index.ts'
import { tokensOf } from './segment/naive-index.ts'

/** An index of three segments that is written for reading in pages. */

export const SEGMENTS = 3
const DOCUMENTS = 400
const WORDS = Array.from({ length: 60 }, (_, n) => `word${n}`)

/** Words by a law of few frequent ones, so that lists have one block or several. */
export const wordsOf = (n: number): string[] =>
  Array.from({ length: 12 }, (_, i) => WORDS[((n * 7 + i * i) % (5 * (i + 1))) % 60]!)

const documentOf = (n: number, knowableMs = 1) => ({
  ...{ id: `item ${n}`, version: { knowableMs, drop: 'd', row: n } },
  content: {
    fields: { title: tokensOf(...wordsOf(n)), about: tokensOf(...wordsOf(n + 1), `rare${n % 90}`) },
    filters: { brand: [`brand ${n % 4}`] },
    ...{
      numbers: { price: n % 50 },
      stored: JSON.stringify({ text: `${wordsOf(n).join(' ')} rare${n % 90}`, attributes: {} }),
    },
  },
})

function emptyWorld() {
  const [lake, models, online] = [memoryObjects('lake'), memoryObjects('models'), memoryTable('t')]
  return { lake, models, online } satisfies SearchWorld
}
export type World = ReturnType<typeof emptyWorld>

/** Some documents of each segment were replaced by the next one. */
export async function written(options: Parameters<typeof writeIndex>[3] = {}): Promise<World> {
  const world = emptyWorld()
  const lists = Array.from({ length: SEGMENTS }, (_, part) =>
    Array.from({ length: DOCUMENTS }, (_, i) => documentOf(part * (DOCUMENTS - 20) + i, part)),
  )
  await writeIndex(world, SHOP, lists, options)
  return world
}

export function openReader(world: World, read: SearchRead, maxListBytes?: number) {
  const reads = new PagedReads(maxListBytes)
  return { ...openSearch(readIndex(world, read, { reads })), reads, counts: reads.counts }
}

export const QUERIES: [string, SearchOptions][] = [
  ['word1 word7', {}],
  ['"word1 word2"', { highlight: true }],
  ['word1*', { explain: true }],
  ['wrod3~', {}],
  ['+word2 -word3', { facets: ['brand'] }],
  ['word4', { filters: { brand: ['brand 1'] }, ranges: { price: { from: 10 } } }],
  ['', { sort: 'score', facets: ['brand'] }],
]
export const searchAll = (search: ReturnType<typeof openSearch>['search']) =>
  Promise.all(QUERIES.map(([query, options]) => search(query, options)))

export const keysOf = ({ models }: World, part: string): string[] =>
  [...models.contents.keys()].filter((key) => key.endsWith(`.${part}`))
