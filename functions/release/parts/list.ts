import { onlineValues, type ValuesStores } from './online-values.ts'
import type { ReleasePart } from './part.ts'
import { type ModelStores, rankingModel } from './ranking-model.ts'

/** Parts that belong to a version. They are published again for each version that is served. */
export const VERSION_PARTS: readonly ReleasePart<ModelStores>[] = [rankingModel]

/** All parts of a new release. A flip to an earlier version keeps the parts that belong to no version. */
export const PARTS: readonly ReleasePart<ModelStores & ValuesStores>[] = [
  ...VERSION_PARTS,
  onlineValues,
]
