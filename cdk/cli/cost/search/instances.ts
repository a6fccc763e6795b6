import type { Life } from './life.ts'
import { ASSUMED_SEARCH } from './rates.ts'
import { noUse, type Use } from './use.ts'

/** New instances a day of a function, where so many are in use at the same time. */
export function startsPerDay(callsPerDay: number, instances: number): number {
  const { idleSeconds, instanceSeconds } = ASSUMED_SEARCH
  const isIdle = 86_400 / callsPerDay > idleSeconds
  return isIdle ? callsPerDay : Math.min(callsPerDay, (instances * 86_400) / instanceSeconds)
}

/** What a new instance reads of its generations before its first call: pointers, snapshots, then all segments at once. */
export const coldStart = (life: Life, documents: number, generations: number): Use => ({
  ...noUse(),
  ...{ gets: generations * (1 + 2 * life.segments), waits: 2 * generations },
  ...{ bytesOut: generations * life.indexBytes, opened: generations * documents },
  cpuSeconds: ASSUMED_SEARCH.startSeconds,
})
