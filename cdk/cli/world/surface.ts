import type { Event } from '../../../functions/contract/events.ts'
import type { Draws } from './draws.ts'
import type { Item } from './item.ts'
import type { Person } from './people.ts'

/** What one request is drawn from. */
export interface Moment {
  draws: Draws
  person: Person
  items: readonly Item[]
  timeMs: number
}

/** What a product shows, and how likely a person clicks on it. */
export interface Surface {
  /** What the app shows a person at a moment, from its own simple ranking. */
  slate(moment: Moment): Item[]
  /** What the app logs of the request, beside the device. */
  context(moment: Moment): Readonly<Record<string, string>>
  /** The chance of a click on an item in a place of the slate. The first is 1. */
  chance(moment: Moment, item: Item, position: number): number
  /** A planted event as this app would log it. */
  logged(event: Event): Event
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
/** Chance that a place in the slate is looked at at all. */
export const examination = (position: number): number => position ** -0.6
