import type { EventRow } from '../../../functions/contract/rows.ts'
import { isLookAlike } from '../world/attacks/kinds.ts'
import type { Truth } from '../world/world.ts'

/**
 * What a user is: an ordinary honest one, one of a kind of look-alikes, an honest one whose account an
 * attack uses (`hijack`, `panel`), or `cheater`: all that it does is a cheat.
 */
type Role = string
export const ORDINARY = 'ordinary'
export const CHEATER = 'cheater'

export interface GroundTruth {
  /** The planted kind of an event, or null. */
  kindOf(row: EventRow): string | null
  isCheat(row: EventRow): boolean
  /** What a person did. What a cat does is noise, not a cheat, and nobody misses it. */
  isHonest(row: EventRow): boolean
  roleOf(user: string): Role
}

/** Attacks that use the accounts of honest people. */
const OF_PEOPLE: readonly string[] = ['hijack', 'panel']
const NOISE = 'cat'

/** Looks up the truth about the rows of a log whose names are not hashed. */
export function openTruth(truth: Iterable<Truth>, rows: readonly EventRow[]): GroundTruth {
  const byEvent = new Map<string, Truth>()
  const roles = new Map<string, Role>()
  for (const one of truth) {
    byEvent.set(`id\n${one.eventId}`, one)
    // A part in an attack weighs more than one in a crowd.
    if (OF_PEOPLE.includes(one.kind)) roles.set(one.userId, one.kind)
    else if (isLookAlike(one.kind) && !roles.has(one.userId)) roles.set(one.userId, one.kind)
  }
  const isCheat = ({ event }: EventRow): boolean => byEvent.get(event)?.isCheat === true
  const honest = new Set(rows.filter((row) => !isCheat(row)).map(({ user }) => user))
  const isNoise = ({ event }: EventRow): boolean => byEvent.get(event)?.kind === NOISE
  return {
    isHonest: (row) => !isCheat(row) && !isNoise(row),
    kindOf: ({ event }) => byEvent.get(event)?.kind ?? null,
    isCheat,
    roleOf: (user) => roles.get(user) ?? (honest.has(user) ? ORDINARY : CHEATER),
  }
}
