import { closeHour, type Earlier } from '../../../functions/closing/close.ts'
import type { EventRow } from '../../../functions/contract/rows.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { floorHour, HOUR_MS } from '../../../functions/contract/time.ts'
import { closableThrough, consumedBy, publishedBy } from '../../../functions/registry/timetable.ts'

/** One run of the closing stage. Runs without events are left out. */
export interface Closing {
  scheduledMs: number
  closedThroughMs: number
  kept: EventRow[]
}

/** The first run that reads a row and can close its hour. */
export const closedBy = (scene: Scene, { timeMs, arrivalMs }: EventRow): number =>
  Math.max(publishedBy(scene, floorHour(timeMs) + HOUR_MS), consumedBy(scene, arrivalMs))

/** Closes a log by the scene's timetable. Late arrivals are closed again, with the earlier decisions. */
export function closeLog(scene: Scene, events: readonly EventRow[]): Closing[] {
  const runs = [...Map.groupBy(events, (row) => closedBy(scene, row))].sort(([a], [b]) => a - b)
  const earlier = new Map<number, Earlier>()
  return runs.map(([scheduledMs, rows]) => {
    const kept: EventRow[] = []
    const hours = [...Map.groupBy(rows, ({ timeMs }) => floorHour(timeMs))]
    for (const [hourMs, own] of hours.sort(([a], [b]) => a - b)) {
      const before = earlier.get(hourMs) ?? { kept: [], users: {} }
      const lane = earlier.has(hourMs) ? ('late' as const) : ('first' as const)
      const hour = { hourMs, lane, accepted: own.length, cleanKeys: [], earlierKeys: [] }
      const closed = closeHour(hour, own, before)
      kept.push(...closed.kept)
      earlier.set(hourMs, {
        kept: [...before.kept, ...closed.kept],
        users: joinUsers(before.users, closed.users),
      })
    }
    return { scheduledMs, closedThroughMs: closableThrough(scene, scheduledMs), kept }
  })
}

function joinUsers(a: Earlier['users'], b: Earlier['users']): Earlier['users'] {
  const joined: Record<string, string[]> = { ...a }
  for (const [rule, users] of Object.entries(b)) joined[rule] = [...(joined[rule] ?? []), ...users]
  return joined
}
