import type { SageBatch } from './network.ts'
import { createRowWriter } from './sparse-rows.ts'

/** What a network reads of one user: d numbers each. */
export interface UserFeatures {
  in: ArrayLike<number>
  /** The mean `out` of the user's items, and where it begins; null: none is known. */
  smoothed: ArrayLike<number> | null
  inAt: number
  smoothedAt: number
}

/** An item and its users. */
export interface ItemCase {
  content: ArrayLike<number> | null
  users: readonly UserFeatures[]
}

/** What features are measured from and in: means, and one scale for all vectors, so that numbers are near 1. */
export interface FeatureScale {
  dimensions: number
  contentDimensions: number
  /** d each. */
  meanIn: ArrayLike<number>
  meanSmoothed: ArrayLike<number>
  scale: number
}

/** Columns of a row: an item's content and its users' mean `in`, or a user's `in` and the mean of its items. */
export const sageInputs = ({ dimensions, contentDimensions }: FeatureScale): number =>
  contentDimensions + 3 * dimensions

/**
 * Rows of the first layer of GraphSAGE on the graph of items and users, features of the two kinds side by side: an
 * item is [content ‖ mean `in` of its users], a user [`in` ‖ mean `out` of its items].
 */
export function itemBatch(cases: readonly ItemCase[], features: FeatureScale): SageBatch {
  const { dimensions: d, contentDimensions, meanIn, meanSmoothed, scale } = features
  const rows = createRowWriter(sageInputs(features))
  // Content has length 1: scaled to numbers near 1, as the vectors are.
  const contentScale = Math.sqrt(contentDimensions)
  const own: number[] = []
  const offsets = [0]
  const neighbours: number[] = []
  let row = 0
  for (const { content, users } of cases) {
    if (content) for (let i = 0; i < contentDimensions; i++) rows.add(i, contentScale * content[i]!)
    if (users.length > 0)
      for (let i = 0; i < d; i++) {
        let sum = 0
        for (const user of users) sum += user.in[user.inAt + i]! - meanIn[i]!
        rows.add(contentDimensions + i, sum / users.length / scale)
      }
    rows.endRow()
    own.push(row++)
    for (const user of users) {
      for (let i = 0; i < d; i++)
        rows.add(contentDimensions + d + i, (user.in[user.inAt + i]! - meanIn[i]!) / scale)
      if (user.smoothed)
        for (let i = 0; i < d; i++) {
          const value = user.smoothed[user.smoothedAt + i]! - meanSmoothed[i]!
          rows.add(contentDimensions + 2 * d + i, value / scale)
        }
      rows.endRow()
      neighbours.push(row++)
    }
    offsets.push(neighbours.length)
  }
  return {
    rows: rows.finish(),
    own: Uint32Array.from(own),
    offsets: Uint32Array.from(offsets),
    neighbours: Uint32Array.from(neighbours),
  }
}
