import type { Event } from '../../../../functions/contract/events.ts'
import { DAY_MS, floorHour, HOUR_MS } from '../../../../functions/contract/time.ts'
import type { Behaviour } from '../behaviour.ts'
import { catalogueOf } from '../catalogue.ts'
import type { Item } from '../item.ts'
import type { WorldOptions } from '../options.ts'
import { createQueries } from './queries.ts'
import { type Grade, gradeOf, openRelevance } from './relevance.ts'

/** One request of the honest crowd, with the known relevance of each result. */
export interface Search {
  userId: string
  timeMs: number
  context: Readonly<Record<string, unknown>>
  /** In the order in which they were shown. */
  results: { itemId: string; grade: Grade }[]
}

/** A query and an item that is relevant to it. Items of grade 0 are left out. */
export interface Judgement {
  query: string
  itemId: string
  grade: Grade
}

/** The searches of one hour's events, by request. */
function groupSearches(
  events: readonly Event[],
  gradeFor: (query: string, itemId: string) => Grade,
): Search[] {
  const searches = new Map<string, Search>()
  for (const event of events) {
    if (event.type !== 'impression') continue
    const { requestId, userId, timeMs, itemId, context = {} } = event
    const search = searches.get(requestId!) ?? { userId, timeMs, context, results: [] }
    searches.set(requestId!, search)
    search.results.push({ itemId, grade: gradeFor(String(context['query']), itemId) })
  }
  return [...searches.values()]
}

/** All searches of the honest crowd from a time on, in order of time. None in a feed. */
export function searchesFrom(
  options: WorldOptions,
  behaviour: Behaviour,
  fromMs: number,
): Search[] {
  if (options.surface !== 'search') return []
  const itemsAt = catalogueOf(options)
  const relevance = openRelevance(createQueries(options))
  const endMs = options.startMs + options.days * DAY_MS
  const byId = new Map<string, Item>()
  const found: Search[] = []
  for (let hourMs = floorHour(fromMs); hourMs < endMs; hourMs += HOUR_MS) {
    const items = itemsAt(hourMs)
    for (const item of items) byId.set(item.id, item)
    const gradeFor = (query: string, itemId: string): Grade => relevance(query, byId.get(itemId)!)
    found.push(...groupSearches(behaviour.inHour(hourMs, items), gradeFor))
  }
  return found
    .filter(({ timeMs }) => timeMs >= fromMs)
    .sort((a, b) => a.timeMs - b.timeMs || (a.userId < b.userId ? -1 : 1))
}

/** Each query with its relevant items, over the whole catalogue of the last day. None in a feed. */
export function* judgementsOf(options: WorldOptions): Generator<Judgement> {
  if (options.surface !== 'search') return
  const items = catalogueOf(options)(options.startMs + options.days * DAY_MS)
  for (const { text, intent } of createQueries(options))
    for (const item of items) {
      const grade = gradeOf(intent, item)
      if (grade > 0) yield { query: text, itemId: item.id, grade }
    }
}
