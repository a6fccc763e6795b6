import { DAY_MS, HOUR_MS } from '../../../functions/contract/time.ts'
import type { History } from './history.ts'

/** Ranges [from, through) of a user's absence. */
export const ABSENCES: readonly { name: string; fromMs: number; throughMs: number }[] = [
  { name: 'away less than a day', fromMs: 0, throughMs: DAY_MS },
  { name: 'away 1 to 7 days', fromMs: DAY_MS, throughMs: 7 * DAY_MS },
  { name: 'away 7 days and more', fromMs: 7 * DAY_MS, throughMs: Number.POSITIVE_INFINITY },
]

/** A user who returns within this time was not away. */
const SESSION_MS = HOUR_MS

/**
 * For each impression: the user's absence before the current visit, in milliseconds. A visit ends
 * after an hour without events. -1 in a first visit, when there is nothing to forget.
 */
export function absencesIn(history: History): Map<string, number> {
  const lastMs = new Map<string, number>()
  const awayMs = new Map<string, number>()
  const absences = new Map<string, number>()
  const rows = history
    .between(history.fromMs, history.throughMs + DAY_MS)
    .filter(({ type }) => type === 'impression')
    .sort((a, b) => a.timeMs - b.timeMs)
  for (const { event, user, timeMs } of rows) {
    const before = lastMs.get(user)
    if (before === undefined) awayMs.set(user, -1)
    else if (timeMs - before > SESSION_MS) awayMs.set(user, timeMs - before)
    lastMs.set(user, timeMs)
    absences.set(event, awayMs.get(user)!)
  }
  return absences
}
