import { onlineValues, type ValuesStores } from './online-values.ts'
import type { ReleasePart } from './part.ts'
import { type ModelStores, rankingModel } from './ranking-model.ts'

/** Parts that belong to a version: published again for whichever version is served. */
export const VERSION_PARTS: readonly ReleasePart<ModelStores>[] = [rankingModel]

/** Every part of a new release. Those that belong to no version are carried on by any other flip. */
export const PARTS: readonly ReleasePart<ModelStores & ValuesStores>[] = [
  ...VERSION_PARTS,
  onlineValues,
]
