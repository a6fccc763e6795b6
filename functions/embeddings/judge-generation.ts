import type { ListFigures, RecallFigures } from '../contract/space-comparison.ts'
import type { VectorSide } from '../contract/vector-index.ts'
import { rowOf, type SpaceTables, sampleIds, visitCommon } from './align/space-tables.ts'
import { type ChosenLists, candidateFigures } from './choose-lists.ts'
import { coverageOf, type SpaceLists } from './make-lists.ts'
import { vectorsOfSide } from './vector-index/items.ts'
import { measureRecall, selfFound } from './vector-index/measure.ts'
import type { VectorIndex } from './vector-index/open.ts'
import { openTable } from './vector-index/table.ts'

/** The vector indexes of a space. */
export type Indexes = Readonly<Record<VectorSide, VectorIndex>>

const QUERIES = 400
const SAMPLE_SEED = 98
/** Users whose searches look for new items, and how far down a search counts. */
const SEARCHING_USERS = 1000
const SEARCH_DEPTH = 10

type Table = SpaceTables['items']

/** The vectors of a sample of entities. */
function sampleVectors(table: Table, dimensions: number, most: number) {
  const vectors: { id: string; vector: Float32Array }[] = []
  visitCommon(table.ids, sampleIds(table.ids, most, SAMPLE_SEED), (row) =>
    vectors.push({ id: table.ids[row]!, vector: rowOf(table.in, row, dimensions) }),
  )
  return vectors
}

/** What the indexes find of what is there: `in` for items like an item, `out` for items for a user. */
export function measureIndexes(
  indexes: Indexes,
  { items, users, dimensions }: SpaceTables,
  popularityWeight: number,
): Record<VectorSide, RecallFigures> {
  const measure = (side: VectorSide, asked: Table): RecallFigures => {
    const exact = openTable(vectorsOfSide({ table: items, dimensions, popularityWeight }, side))
    const { recall, queries } = measureRecall(
      indexes[side],
      sampleVectors(asked, dimensions, QUERIES),
      exact,
    )
    return { recall, queries, selfFound: selfFound(indexes[side]).share }
  }
  return { in: measure('in', items), out: measure('out', users) }
}

/**
 * New items: placed by their content. One can reach somebody if it is among the first ten of some user's search of new
 * items. Beside all others none would be: each lacks the degree of those that users know.
 */
function reachOf(index: VectorIndex, { items, users, dimensions }: SpaceTables) {
  const isNew = new Set(items.ids.filter((_, row) => items.degree[row] === 0))
  const accepts = (id: string): boolean => isNew.has(id)
  const found = new Set<string>()
  for (const { vector } of sampleVectors(users, dimensions, SEARCHING_USERS)) {
    if (found.size === isNew.size) break
    for (const { id } of index.search(vector, { k: SEARCH_DEPTH, accepts })) found.add(id)
  }
  return { newItems: isNew.size, newReachable: isNew.size > 0 ? found.size / isNew.size : 1 }
}

export function listFigures(
  chosen: ChosenLists,
  lists: SpaceLists,
  tables: SpaceTables,
  index: VectorIndex,
  withEvents: readonly string[],
): ListFigures {
  return {
    users: chosen.users.chosen.test.users.length,
    chosen: chosen.users.chosen.name,
    chosenForItems: chosen.items.chosen.name,
    candidates: candidateFigures(chosen.users),
    coverage: coverageOf(lists, withEvents),
    ...reachOf(index, tables),
  }
}
