import { type SearchDefinition, searchSchema } from '../../functions/contract/search.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { acceptedOf } from '../../functions/registry/generations.ts'
import { openPointed } from '../../functions/search-index/add-documents.ts'
import { openGeneration } from '../../functions/search-index/build.ts'
import type { DropPorts } from '../../functions/search-index/index-drop.ts'
import { createSegmentCache } from '../../functions/search-index/open-snapshot.ts'
import { searchSnapshot } from '../../functions/search-index/query/search-snapshot.ts'
import { loadPointer, loadState } from '../../functions/search-index/state.ts'
import type { Wrap } from './breaking.ts'
import { memoryObjects } from './memory-objects.ts'
import { memoryTable } from './memory-table.ts'

/** An index over titles, with a filter, a number and documents that can go. */
export const SHOP: SearchDefinition = searchSchema.parse({
  of: 'items',
  fields: {
    title: { from: 'attributes.title', analyzer: 'english', weight: 2 },
    about: { from: 'text', analyzer: 'standard' },
  },
  filters: ['brand'],
  numbers: ['price'],
  score: 'price',
  goneIf: 'gone',
  completion: 'title',
})

/** The stores of a scene's index. */
export interface SearchWorld {
  lake: ObjectStore
  models: ObjectStore
  online: TableStore
}
export const searchWorld = (lake: ObjectStore = memoryObjects('lake')): SearchWorld => ({
  lake,
  models: memoryObjects('models'),
  online: memoryTable('online'),
})

/** What a process sees of the world: nothing in memory yet. A rebuild that it starts is left to the test. */
export const portsOf = (
  { lake, models, online }: SearchWorld,
  wrap: Wrap = (port) => port,
): DropPorts => ({
  ...{ lake: wrap(lake), models: wrap(models), online: wrap(online) },
  ...{ scene: 'feed', cache: createSegmentCache(), rebuilds: { start: async () => true } },
})

/** What is found in a generation, by default the accepted one: hits with their scores for each query, and the statistics. */
export async function foundIn(world: SearchWorld, queries: readonly string[], generation?: string) {
  const ports = portsOf(world)
  const accepted =
    generation === undefined
      ? acceptedOf((await loadState(world.online, 'feed')).generations)
      : { generation }
  if (!accepted) return null
  const { meaning, analyzers } = (await openGeneration(ports, accepted))!
  const pointer = await loadPointer(world.online, 'feed', accepted.generation)
  const { snapshot, segments } = await openPointed(ports, accepted.generation, pointer)
  const searched = { parts: segments, totals: snapshot.totals, live: snapshot.live }
  const hits = queries.map((query) =>
    searchSnapshot(meaning.search, analyzers, searched, query, { limit: 100, facets: ['brand'] }),
  )
  return {
    live: snapshot.live,
    totals: snapshot.totals,
    found: hits.map(({ hits: list, total, facets }) => ({
      ...{ total, facets },
      hits: list.map(({ id, score }) => ({ id, score })),
    })),
  }
}
