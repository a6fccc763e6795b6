import { HOUR_MS } from '../../functions/contract/time.ts'

/** An independent oracle of values: it keeps no state but lists, and counts them for each question. */

export interface ListedEvent {
  id: string
  user: string
  item: string
  event: string
  timeMs: number
}
export interface ListedDrop {
  name: string
  arrivalMs: number
  events: ListedEvent[]
}
export interface ListedClosing {
  closedThroughMs: number
  arrivedThroughMs: number
  scheduledMs: number
  kept: ListedEvent[]
}
interface Mark {
  closedThroughMs: number
  arrivedThroughMs: number
}

export interface Question {
  entity: 'user' | 'item'
  id: string
  event: string
  windowHours: number
  timeMs: number
  nearLineMs: number
  /** What the row has taken in. */
  mark: Mark | null
  closings: readonly ListedClosing[]
  /** Drops that were written to the row of this entity. */
  drops: readonly ListedDrop[]
  excluded: readonly { fromMs: number; throughMs: number; sinceMs: number }[]
}

const hourOf = (timeMs: number): number => timeMs - (timeMs % HOUR_MS)

export function countListed(question: Question): number {
  const { entity, id, event, windowHours, timeMs, mark, excluded } = question
  const isCounted = (one: ListedEvent): boolean => {
    if (one[entity] !== id || one.event !== event) return false
    const hourMs = hourOf(one.timeMs)
    if (hourMs > timeMs || hourMs < hourOf(timeMs) - windowHours * HOUR_MS) return false
    return !excluded.some(
      ({ fromMs, throughMs, sinceMs }) =>
        timeMs >= sinceMs && hourMs >= fromMs && hourMs < throughMs,
    )
  }
  let count = 0
  for (const { closedThroughMs, kept } of question.closings)
    if (mark && closedThroughMs <= mark.closedThroughMs) count += kept.filter(isCounted).length
  for (const { arrivalMs, events } of question.drops) {
    const own = events.filter((one) => one[entity] === id)
    const latestMs = Math.max(arrivalMs, ...own.map((one) => one.timeMs))
    if (latestMs + question.nearLineMs > timeMs) continue
    const isFolded = (one: ListedEvent): boolean =>
      mark !== null &&
      arrivalMs <= mark.arrivedThroughMs &&
      hourOf(one.timeMs) + HOUR_MS <= mark.closedThroughMs
    count += own.filter((one) => !isFolded(one) && isCounted(one)).length
  }
  return count
}

/** Keeps the first copy of each event, in order of arrival, unless an earlier closing has kept one. */
export function closeListed(
  closings: readonly ListedClosing[],
  drops: readonly ListedDrop[],
  next: Omit<ListedClosing, 'kept'>,
): ListedClosing {
  const kept: ListedEvent[] = []
  const ids = new Set(closings.flatMap((one) => one.kept.map(({ id }) => id)))
  for (const { arrivalMs, events } of [...drops].sort((a, b) => a.arrivalMs - b.arrivalMs))
    for (const event of events) {
      if (arrivalMs > next.arrivedThroughMs) continue
      if (hourOf(event.timeMs) + HOUR_MS > next.closedThroughMs) continue
      if (ids.has(event.id)) continue
      ids.add(event.id)
      kept.push(event)
    }
  return { ...next, kept }
}
