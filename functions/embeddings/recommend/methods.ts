import { alsMethod } from './als.ts'
import type { SimilarityMethod } from './choose-similarity.ts'
import { similarByVectors } from './cosine.ts'
import { easeMethod, MAX_EASE_ITEMS, similarByEase } from './ease.ts'
import type { Method } from './interactions.ts'
import { itemKnnMethod, similarByUsers } from './item-knn.ts'
import { popularityMethod } from './popularity.ts'

/** Each item's neighbours, for lists of items. A list is cut from them. */
const KEPT_NEIGHBOURS = 200
/**
 * Lists of one item want more shrinkage than lists of a history: on MovieLens 100k 200 is best for users
 * and 1,600 or more for items.
 */
const SIMILARITY_L2 = 2000

const RECENT_KNN = [0, 10].flatMap((shrinkage) =>
  [25, 5].map((halfLifeItems) => ({ neighbours: 20, shrinkage, halfLifeItems })),
)

/** What is compared with DeepWalk for lists of users. The first two are the baselines of the gate. */
export const userListMethods = (items: number): Method[] => [
  popularityMethod,
  itemKnnMethod(),
  itemKnnMethod('recent-item-knn', RECENT_KNN),
  easeMethod(),
  ...(items > MAX_EASE_ITEMS ? [alsMethod()] : []),
]

/** Ways to lists of items like an item. `itemIn` is items × dimensions, trained without what is judged. */
export const itemListMethods = (itemIn: Float32Array, dimensions: number): SimilarityMethod[] => [
  {
    name: 'item-knn',
    learn: (interactions) => similarByUsers(interactions, KEPT_NEIGHBOURS),
  },
  { name: 'ease', learn: (interactions) => similarByEase(interactions, SIMILARITY_L2) },
  { name: 'deepwalk', learn: () => similarByVectors(itemIn, dimensions) },
]
