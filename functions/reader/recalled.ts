import { QuartermasterError } from '../core/errors.ts'

/** What recall answers. The package exports it: its declarations need no schema library. */

/** No release is served, or the served one has no space. */
export class NothingRecalled extends QuartermasterError {}

/**
 * Where an item comes from: the user's own list, a search of the vector index, items like those of
 * `recentItems`, what is popular in the user's segment at this hour, and new and rising items.
 */
export type RecallSource = 'list' | 'index' | 'similar' | 'popular' | 'new' | 'rising'

export interface RecallOptions {
  timeMs: number
  /** Items to return, 1 to 1,000. Defaults to 100. */
  limit?: number
  /** Defaults to all of them. */
  sources?: readonly RecallSource[]
  /** What the user has just looked at, the newest first; at most 20 are used. */
  recentItems?: readonly string[]
  /** Items to leave out, such as those that the user has seen. */
  seen?: Iterable<string>
  /** The user's value of the attribute `lists.segment`. Absent: all users' popular items. */
  segment?: string
  /** Items for which it returns false are left out. */
  accepts?: (item: string) => boolean
}
export interface Recalled {
  item: string
  /** Reciprocal rank fusion: the sum of 1 / (60 + rank) over its sources. */
  score: number
  /** The rank in each source that has it, from 1. */
  ranks: Partial<Record<RecallSource, number>>
}
/** Items and the generation of the space that they come from. */
export interface RecalledItems {
  items: Recalled[]
  generation: string
}

/** An item with its score by the space. */
export interface Neighbour {
  item: string
  score: number
}
/** An entity's place in the space. */
export interface EntityVector {
  in: Float32Array
  /** Items alone. */
  out: Float32Array | null
  degree: number
  /** It was placed after the space was trained. */
  isPlaced: boolean
  generation: string
}

export interface Recall {
  /** The vectors of a user (by raw id) or an item; null where it has none. */
  vector(entity: { user: string } | { item: string }): Promise<EntityVector | null>
  /** Items like an item, the nearest first, by the cosine of `in`. Empty where the item has no vector. */
  neighbours(item: string, limit?: number): Promise<Neighbour[]>
  /** Items for a user, merged from several sources. A user who is not in the space gets those that need no vector. */
  recall(user: string, options: RecallOptions): Promise<RecalledItems>
}
