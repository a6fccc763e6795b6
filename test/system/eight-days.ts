import type { Drop } from '../../cdk/cli/world/world.ts'
import { DAY_MS, floorDay, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { hoursFrom, SMALL_WORLD } from './run-world.ts'

/** Eight days from a Thursday; the weekly full is on day 4. So few users with cheats would be refused. */
export const EIGHT_DAYS = {
  ...SMALL_WORLD,
  startMs: SMALL_WORLD.startMs + 3 * DAY_MS,
  days: 8,
  // With fewer sessions the first full is no better than a constant, and later days lack versions.
  users: 60,
  items: 80,
  sessionsPerUserAndDay: 2,
  dirt: 4,
  cheats: 0,
}
export const timeOf = (day: number, hour = 0, minute = 0): number =>
  EIGHT_DAYS.startMs + day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS

/** Days on which the shipper sends twelve hours at once, the newest first: most of them are late. */
const isSlowDay = (timeMs: number): boolean => {
  const day = (floorDay(timeMs) - EIGHT_DAYS.startMs) / DAY_MS
  return day >= 2 && day < 7
}
export function* inBatches(drops: Iterable<Drop>): Generator<Drop> {
  let held: Drop[] = []
  const ship = (atMs: number): Drop[] => {
    const batch = held.reverse().map((drop) => ({ ...drop, arrivalMs: atMs }))
    held = []
    return batch
  }
  for (const drop of drops) {
    if (drop.kind === 'events' && isSlowDay(drop.arrivalMs)) held.push(drop)
    if (held.length > 0 && (held.length >= 12 || !isSlowDay(drop.arrivalMs)))
      yield* ship(drop.arrivalMs)
    if (drop.kind !== 'events' || !isSlowDay(drop.arrivalMs)) yield drop
  }
}

/** On slow days those after a shipment, and the morning: nothing comes in the others. */
export const HOURS = Object.fromEntries(
  Array.from({ length: EIGHT_DAYS.days + 1 }, (_, day) => [
    day,
    isSlowDay(timeOf(day)) ? [...hoursFrom(0, 4), 11, 12, 13, 20, 21, 23] : hoursFrom(0, 23),
  ]),
)

/** A producer that broke: nothing of it can be read. */
export const garbage = (arrivalMs: number, lines: number): Drop => ({
  arrivalMs,
  kind: 'events',
  name: `broken-${arrivalMs}.jsonl`,
  body: new TextEncoder().encode('disk full\n'.repeat(lines)),
  metadata: {},
  records: lines,
})
