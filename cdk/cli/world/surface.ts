import type { Event } from '../../../functions/contract/events.ts'
import type { Draws } from './draws.ts'
import type { Item } from './item.ts'
import type { Person } from './people.ts'
import type { Grade } from './search/relevance.ts'

/** What one request is drawn from. */
export interface Moment {
  draws: Draws
  person: Person
  items: readonly Item[]
  timeMs: number
}

/** How a request differs from an ordinary one. */
export interface Visit {
  /** Keeps its ids apart from those of other requests. */
  name: string
  slate?: readonly Item[]
  /** The chance of a click on an item. Null: as the person likes it. */
  chanceOf?(item: Item): number | null
  context?: Readonly<Record<string, string>>
  /** From the impression to the click. */
  delayMs?(draws: Draws): number
}

/** A request without its draws: what is asked and what is found depend on these alone. */
export type Request = Pick<Moment, 'person' | 'timeMs' | 'items'>

/** An item that was found, with its known relevance. */
export interface Found {
  itemId: string
  grade: Grade
}

/** What a product shows, and how likely a person clicks on it. */
export interface Surface {
  /** What the app shows a person at a moment, from its own simple ranking. */
  slate(moment: Moment): Item[]
  /** What the app logs of the request, beside the device, with impressions and clicks. */
  context(moment: Moment): Readonly<Record<string, string>>
  /** The chance of a click on an item in a place of the slate. The first is 1. */
  chance(moment: Moment, item: Item, position: number): number
  /** The events of a request, where they are more than clicks and purchases. */
  events?(moment: Moment, visit: Visit): Event[]
  /** All that the app finds for a request, in its order, the first ones in the slate. Absent: nothing is asked. */
  found?(request: Request): Found[]
  /** A planted event as this app would log it. */
  logged(event: Event): Event
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
/** Chance that a place in the slate is looked at at all. */
export const examination = (position: number): number => position ** -0.6
