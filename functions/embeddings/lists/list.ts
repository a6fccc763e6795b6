import { placesOfLargest } from '../../math/largest.ts'
import { capCategories } from './category-cap.ts'

/** Items of a list, the best first, with a score for each. */
export interface RecallList {
  items: string[]
  scores: Float32Array
}

/** What all lists have in common. */
export interface ListShape {
  /** Items of a list, at most. */
  size: number
  /** items: the number of each item's category; −1: it has none. Null: there is no cap. */
  categories: Int32Array | null
  /** The share of `size` that one category may have. */
  maxCategoryShare: number
}

/** A list is cut from so many times its size, so that the cap has others to choose. */
const POOL = 4

/**
 * The list of the best scores. `places` has the item of each score; absent: score i is of item i. Items with −∞
 * or NaN are left out, so a list may be shorter than `size`. Equal scores: the first place.
 */
export function rankList(
  scores: Float64Array,
  ids: readonly string[],
  shape: ListShape,
  places?: Uint32Array,
): RecallList {
  const itemAt = (place: number): number => places?.[place] ?? place
  const pool = placesOfLargest(scores, shape.categories ? POOL * shape.size : shape.size)
  const kept = capCategories(pool, (place) => shape.categories?.[itemAt(place)] ?? -1, shape)
  return {
    items: kept.map((place) => ids[itemAt(place)]!),
    scores: Float32Array.from(kept, (place) => scores[place]!),
  }
}
