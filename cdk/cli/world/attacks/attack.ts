import type { Event } from '../../../../functions/contract/events.ts'
import type { Behaviour } from '../behaviour.ts'
import type { Item } from '../catalogue.ts'
import type { Draws } from '../draws.ts'
import type { WorldOptions } from '../options.ts'
import type { Person } from '../people.ts'
import type { AttackKind } from './kinds.ts'

/** What an attack is planned from. */
export interface Setting {
  kind: AttackKind
  options: WorldOptions
  /** Named by the seed and the kind, so that attacks do not disturb each other. */
  draws: Draws
  behaviour: Behaviour
  /** Honest people with a part in this attack. No other kind has them, except the flash crowd. */
  cast: readonly Person[]
  itemsAt(timeMs: number): readonly Item[]
  /** A number of accounts at the attack's strength, at least 1. */
  scaled(atFullStrength: number): number
}

/** An event of an attack or a look-alike. */
export interface Planted {
  event: Event
  isCheat: boolean
  /** Shipped in a drop of its own instead of the log's drop. */
  hasOwnDrop?: boolean
}
export type Attack = (setting: Setting) => Planted[]

/** Events that are cheats. A cheat buys nothing. */
export const asCheats = (events: readonly Event[]): Planted[] =>
  events
    .filter((event) => event.type === 'impression' || event.outcome !== 'purchase')
    .map((event) => ({ event, isCheat: true }))

export const asHonest = (events: readonly Event[]): Planted[] =>
  events.map((event) => ({ event, isCheat: false }))
