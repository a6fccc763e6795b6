import { plantAttacks } from '../../cdk/cli/world/attacks/plant.ts'
import { createBehaviour } from '../../cdk/cli/world/behaviour.ts'
import { catalogueOf } from '../../cdk/cli/world/catalogue.ts'
import { WORLD_DEFAULTS, type WorldOptions } from '../../cdk/cli/world/options.ts'
import { createPeople } from '../../cdk/cli/world/people.ts'
import {
  type ScreenedEvents,
  type ScreenedRow,
  screenedEvents,
} from '../../functions/anticheat/events.ts'
import type { Event } from '../../functions/contract/events.ts'
import { DAY_MS, floorHour, HOUR_MS } from '../../functions/contract/time.ts'

export interface ScreenedWorld {
  events: ScreenedEvents
  /** By place: the kind of attack or look-alike that an event belongs to, or '' for the ordinary crowd. */
  kind: readonly string[]
  /** By place: 1 for an event of a cheat. */
  isCheat: Uint8Array
}

const rowOf = (event: Event): ScreenedRow => ({
  event: event.eventId!,
  type: event.type,
  timeMs: event.timeMs,
  user: event.userId,
  item: event.itemId,
  request: event.requestId ?? null,
  outcome: event.type === 'outcome' ? event.outcome : null,
  position: event.type === 'impression' ? (event.position ?? null) : null,
  drop: `raw/${floorHour(event.timeMs)}`,
})

/** The events of a seeded world as detectors see them, without dirt and drops, and the truth about them. */
export function createScreenedWorld(given: Partial<WorldOptions>): ScreenedWorld {
  const options: WorldOptions = { ...WORLD_DEFAULTS, dirt: 0, cheats: 0, days: 14, ...given }
  const people = createPeople(options)
  const behaviour = createBehaviour(options, people)
  const attacks = plantAttacks(options, people, behaviour)
  const itemsAt = catalogueOf(options)
  const endMs = options.startMs + options.days * DAY_MS
  const rows: ScreenedRow[] = []
  const truth = new Map<string, { kind: string; isCheat: boolean }>()
  const keep = (event: Event): void => {
    if (event.timeMs < endMs) rows.push(rowOf(event))
  }
  for (let hourMs = options.startMs; hourMs < endMs; hourMs += HOUR_MS) {
    for (const event of behaviour.inHour(hourMs, itemsAt(hourMs))) keep(event)
    for (const { event, kind, isCheat } of attacks.get(hourMs) ?? []) {
      keep(event)
      truth.set(event.eventId!, { kind, isCheat })
    }
  }
  rows.sort((a, b) => a.timeMs - b.timeMs || (a.event < b.event ? -1 : 1))
  const about = rows.map(({ event }) => truth.get(event))
  return {
    events: screenedEvents(rows),
    kind: about.map((one) => one?.kind ?? ''),
    isCheat: Uint8Array.from(about, (one) => Number(one?.isCheat ?? false)),
  }
}
