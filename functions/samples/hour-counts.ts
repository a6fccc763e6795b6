import { openUserCounts } from '../closing/user-counts.ts'
import type { SampleHour } from '../contract/accounts.ts'
import type { EventRow } from '../contract/rows.ts'
import { floorHour } from '../contract/time.ts'

type Impression = Pick<EventRow, 'timeMs' | 'user' | 'drop'>

function openHour(hourMs: number) {
  const hour: SampleHour = { hourMs, impressions: 0, positives: 0, known: 0 }
  return { hour, drops: new Map<string, number>(), users: openUserCounts() }
}
type Hour = ReturnType<typeof openHour>

/** Counts a positive or an excluded impression by its drop. */
function countDrop({ hour, drops }: Hour, drop: string): void {
  const events = (drops.get(drop) ?? 0) + 1
  drops.set(drop, events)
  const { drop: most } = hour
  if (!most || events > most.events || (events === most.events && drop < most.drop))
    hour.drop = { drop, events }
}

/** Counts the impressions of a set by event hour, before sampling. Memory: the users of each hour. */
export function openHourCounts() {
  const hours = new Map<number, Hour>()
  const at = (timeMs: number): Hour => {
    const hourMs = floorHour(timeMs)
    const hour = hours.get(hourMs) ?? openHour(hourMs)
    hours.set(hourMs, hour)
    return hour
  }
  return {
    add({ timeMs, user, drop }: Impression, label: number, known: number): void {
      const found = at(timeMs)
      if (label === 1) countDrop(found, drop)
      found.users.add(user, null)
      found.hour.impressions++
      found.hour.positives += label
      found.hour.known += known
    },
    addExcluded({ timeMs, user, drop }: Impression, reason: string): void {
      const found = at(timeMs)
      countDrop(found, drop)
      found.users.add(user, reason)
      const { hour } = found
      hour.excluded = { ...hour.excluded, [reason]: (hour.excluded?.[reason] ?? 0) + 1 }
    },
    /** In order of time. */
    counts: (): SampleHour[] =>
      [...hours.values()]
        .map(({ hour, users }) => ({ ...hour, users: users.counts() }))
        .sort((a, b) => a.hourMs - b.hourMs),
  }
}
