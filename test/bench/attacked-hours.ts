import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keepName } from '../../cdk/cli/fresh/history.ts'
import { ATTACK_KINDS } from '../../cdk/cli/world/attacks/kinds.ts'
import { plantAttacks } from '../../cdk/cli/world/attacks/plant.ts'
import { createBehaviour } from '../../cdk/cli/world/behaviour.ts'
import { catalogueOf } from '../../cdk/cli/world/catalogue.ts'
import { WORLD_DEFAULTS } from '../../cdk/cli/world/options.ts'
import { createPeople } from '../../cdk/cli/world/people.ts'
import type { Event } from '../../functions/contract/events.ts'
import { EVENT_COLUMNS } from '../../functions/contract/rows.ts'
import { DAY_MS, floorHour, HOUR_MS } from '../../functions/contract/time.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { normalizeEvent } from '../../functions/intake/normalize.ts'

const DAYS = 14
/** Users of a world whose attacks have full strength. */
const USERS = 2000

/**
 * Writes a seeded world with all attacks as Parquet, one file an hour, in the form of the lake. The attacks
 * grow with the users. Returns the number of events. Memory: the attacks, and the outcomes to come.
 */
export function writeAttackedHours(folder: string, users: number): number {
  const growth = { users, attackStrength: users / USERS, attacks: ATTACK_KINDS }
  const options = { ...WORLD_DEFAULTS, ...growth, days: DAYS, seed: 7, dirt: 0, cheats: 0 }
  const people = createPeople(options)
  const behaviour = createBehaviour(options, people)
  const attacks = plantAttacks(options, people, behaviour)
  const itemsAt = catalogueOf(options)
  const pending = new Map<number, Event[]>()
  const add = (event: Event): void => {
    const hourMs = floorHour(event.timeMs)
    const hour = pending.get(hourMs)
    if (hour) hour.push(event)
    else pending.set(hourMs, [event])
  }
  let events = 0
  for (let hourMs = options.startMs; hourMs < options.startMs + DAYS * DAY_MS; hourMs += HOUR_MS) {
    for (const event of behaviour.inHour(hourMs, itemsAt(hourMs))) add(event)
    for (const { event } of attacks.get(hourMs) ?? []) add(event)
    const origin = { drop: String(hourMs), arrivalMs: hourMs + HOUR_MS }
    const rows = (pending.get(hourMs) ?? []).map((event, row) =>
      normalizeEvent(event, keepName, { ...origin, row }),
    )
    pending.delete(hourMs)
    events += rows.length
    writeFileSync(join(folder, `${hourMs}.parquet`), writeParquet(EVENT_COLUMNS, rows))
  }
  return events
}
