import type { Attributes } from '../../../../functions/contract/events.ts'
import { DAY_MS, floorHour, HOUR_MS } from '../../../../functions/contract/time.ts'
import { createQuestions } from '../assistant/questions.ts'
import { type Behaviour, openSurface } from '../behaviour.ts'
import { catalogueOf } from '../catalogue.ts'
import type { WorldOptions } from '../options.ts'
import { createTastes, type Person } from '../people.ts'
import type { Found } from '../surface.ts'
import { createQueries } from './queries.ts'
import { type Grade, gradeOf } from './relevance.ts'

/** One search of the honest crowd, with the known relevance of each result. */
export interface Search {
  userId: string
  timeMs: number
  /** As in its impressions. */
  context: Attributes
  /** All that the app found, in its order. The first ones were on the page. */
  results: Found[]
}

/** A query and an item that is relevant to it. Items of grade 0 are left out. */
export interface Judgement {
  query: string
  itemId: string
  grade: Grade
}

/** The searches of the honest crowd from a time on, in order of time. None in a feed. */
export function searchesFrom(
  options: WorldOptions,
  people: readonly Person[],
  behaviour: Behaviour,
  fromMs: number,
): Search[] {
  const page = openSurface(options, createTastes(options))
  if (!page.found) return []
  const itemsAt = catalogueOf(options)
  const byId = new Map(people.map((person) => [person.id, person]))
  const endMs = options.startMs + options.days * DAY_MS
  const found = new Map<string, Search>()
  for (let hourMs = floorHour(fromMs); hourMs < endMs; hourMs += HOUR_MS) {
    const items = itemsAt(hourMs)
    for (const event of behaviour.inHour(hourMs, items)) {
      const { requestId, userId, timeMs } = event
      if (event.type !== 'impression' || timeMs < fromMs || found.has(requestId!)) continue
      // Another answer to the same question comes later than the question.
      const turn = event.context?.['turn'] ?? requestId
      if (turn !== requestId) continue
      const results = page.found({ person: byId.get(userId)!, timeMs, items })
      found.set(requestId!, { userId, timeMs, context: event.context ?? {}, results })
    }
  }
  return [...found.values()].sort((a, b) => a.timeMs - b.timeMs || (a.userId < b.userId ? -1 : 1))
}

/** Each query with its relevant items, over the whole catalogue of the last day. None in a feed. */
export function* judgementsOf(options: WorldOptions): Generator<Judgement> {
  if (options.surface === 'feed') return
  const items = catalogueOf(options)(options.startMs + options.days * DAY_MS)
  const asked = options.surface === 'search' ? createQueries(options) : createQuestions(options)
  for (const { text, intent } of asked)
    for (const item of items) {
      const grade = gradeOf(intent, item)
      if (grade > 0) yield { query: text, itemId: item.id, grade }
    }
}
