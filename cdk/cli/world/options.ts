import { CHUNK_OPTIONS, type ChunkOptions } from '../../../functions/graph/chunks/chunk-document.ts'
import type { AttackKind } from './attacks/kinds.ts'

/** What the product of a world shows: a feed, pages of search results, or answers of an assistant. */
type SurfaceName = 'feed' | 'search' | 'assistant'

/** Sizes, seed and strengths of the seeded world. Same options, same bytes. */
export interface WorldOptions {
  scene: string
  surface: SurfaceName
  seed: number
  /** First day, midnight UTC, epoch milliseconds. */
  startMs: number
  days: number
  users: number
  /** Items in the catalogue on the first day. */
  items: number
  newItemsPerDay: number
  /** How the documents of an assistant are divided: as its scene says. */
  chunks: ChunkOptions
  sessionsPerUserAndDay: number
  /** Minutes of the log in one drop: a divisor of 60. */
  dropMinutes: number
  /** Strength with which tastes move, by week and by hour: 0 is a world that stands still. */
  drift: number
  /** Strength of late, duplicate and broken records and skewed clocks: 0 is a clean log. */
  dirt: number
  /** Strength of planted cheats: 0 is an honest crowd. */
  cheats: number
  /** Attacks and honest look-alikes beside them. */
  attacks: readonly AttackKind[]
  /** How large each attack is: 1 is full strength. Look-alikes keep their size. */
  attackStrength: number
}

export const WORLD_DEFAULTS: WorldOptions = {
  scene: 'feed',
  surface: 'feed',
  seed: 1,
  startMs: Date.UTC(2026, 0, 5),
  days: 8,
  users: 2000,
  items: 800,
  newItemsPerDay: 25,
  chunks: CHUNK_OPTIONS,
  sessionsPerUserAndDay: 0.5,
  dropMinutes: 60,
  drift: 1,
  dirt: 1,
  cheats: 1,
  attacks: [],
  attackStrength: 1,
}
