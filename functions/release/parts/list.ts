import type { Scene } from '../../contract/scene.ts'
import { graph as graphPart } from './graph.ts'
import { onlineValues, type ValuesStores } from './online-values.ts'
import type { ReleasePart } from './part.ts'
import { type ModelStores, rankingModel } from './ranking-model.ts'
import { recallLists } from './recall-lists.ts'
import { type SearchStores, searchIndex } from './search-index.ts'
import { type SpaceStores, space } from './space.ts'
import { vectorIndex } from './vector-index.ts'

/** Parts that belong to a version. They are published again for each version that is served. */
export const VERSION_PARTS: readonly ReleasePart<ModelStores>[] = [rankingModel]

/** Parts of every scene's release. A flip to an earlier version keeps the parts that belong to no version. */
export const PARTS: readonly ReleasePart<ModelStores & ValuesStores>[] = [
  ...VERSION_PARTS,
  onlineValues,
]

/** All parts of a new release of this scene. The parts of a space name one generation: `space` chooses it. */
export const partsOfScene = ({
  search,
  embeddings,
  graph,
}: Pick<Scene, 'search' | 'embeddings' | 'graph'>): readonly ReleasePart<
  ModelStores & ValuesStores & SearchStores & SpaceStores
>[] => [
  ...PARTS,
  ...(search ? [searchIndex] : []),
  ...(embeddings ? [space, vectorIndex, recallLists] : []),
  ...(graph ? [graphPart] : []),
]
