import type { Event } from '../../../functions/contract/events.ts'
import { HOUR_MS } from '../../../functions/contract/time.ts'
import { openAnswerPage } from './assistant/answer-page.ts'
import { type Draws, drawsFor } from './draws.ts'
import { openFeedPage } from './feed-page.ts'
import type { Item } from './item.ts'
import type { WorldOptions } from './options.ts'
import { createTastes, type Person, type Tastes } from './people.ts'
import { openSearchPage } from './search/search-page.ts'
import type { Moment, Surface, Visit } from './surface.ts'
import { weightedChoice } from './weighted-choice.ts'

/** Share of a day's sessions by hour of the day, and of a week's by day from Monday. */
const BY_HOUR = [3, 2, 1, 1, 1, 2, 4, 6, 7, 6, 5, 5, 6, 6, 5, 5, 5, 6, 7, 8, 9, 9, 7, 5]
const BY_WEEKDAY = [1, 0.95, 0.95, 1, 1.1, 1.25, 1.2]
const HOUR_SUM = BY_HOUR.reduce((a, b) => a + b)
const PURCHASE_SHARE = 0.06
const PURCHASE_DELAY_HOURS = 5

function rhythmOf(hourMs: number): number {
  const date = new Date(hourMs)
  return (BY_HOUR[date.getUTCHours()]! / HOUR_SUM) * BY_WEEKDAY[(date.getUTCDay() + 6) % 7]!
}

export interface Behaviour {
  /** Every event whose session began in that hour, with true times; outcomes may lie later. */
  inHour(hourMs: number, items: readonly Item[]): Event[]
  /** What the app shows a person at a moment. */
  slate(moment: Moment): Item[]
  /** The events of one request, as a person really behaves, except where the visit says otherwise. */
  visit(moment: Moment, visit: Visit): Event[]
  /** A planted event as the app would log it. */
  logged(event: Event): Event
  /** The expected share of a day's sessions in an hour. */
  rhythm(hourMs: number): number
}

const ORDINARY: Visit = { name: 'r' }

/** A person looks at a slate for a moment before the first click. */
const readingMs = (draws: Draws): number => 2000 + Math.round(draws.exponential(25_000))

/** The impressions of one slate, each with the click and the purchase that it leads to. */
function request(surface: Surface, moment: Moment, visit: Visit): Event[] {
  const { draws, person, timeMs } = moment
  const requestId = `${visit.name}-${person.id}-${timeMs.toString(36)}`
  const events: Event[] = []
  const slate = visit.slate ?? surface.slate(moment)
  slate.forEach((item, i) => {
    const position = i + 1
    const eventId = `${requestId}-${position}`
    const about = { userId: person.id, itemId: item.id, requestId }
    const said = surface.context(moment)
    const context = { device: person.device, ...said, ...visit.context }
    events.push({ type: 'impression', eventId, timeMs, ...about, position, context })
    const chance = visit.chanceOf?.(item) ?? surface.chance(moment, item, position)
    if (draws.uniform() >= chance) return
    const clickMs = timeMs + (visit.delayMs ?? readingMs)(draws)
    events.push({
      type: 'outcome',
      outcome: 'click',
      eventId: `${eventId}-c`,
      timeMs: clickMs,
      ...about,
      ...(Object.keys(said).length > 0 && { context: { ...said } }),
    })
    if (draws.uniform() >= PURCHASE_SHARE) return
    const delayMs = Math.round(draws.exponential(PURCHASE_DELAY_HOURS * HOUR_MS))
    events.push({
      type: 'outcome',
      outcome: 'purchase',
      eventId: `${eventId}-p`,
      timeMs: clickMs + delayMs,
      ...about,
      value: Math.round(500 + draws.exponential(3000)) / 100,
    })
  })
  return events
}

/** The product of a world. */
export function openSurface(options: WorldOptions, tastes: Tastes): Surface {
  if (options.surface === 'assistant') return openAnswerPage(options, tastes)
  return options.surface === 'search' ? openSearchPage(options, tastes) : openFeedPage(tastes)
}

/** How the crowd behaves: sessions by daily and weekly rhythm, slates, clicks, delayed purchases. */
export function createBehaviour(options: WorldOptions, people: readonly Person[]): Behaviour {
  const surface = openSurface(options, createTastes(options))
  const eventsOf = (moment: Moment, visit: Visit): Event[] =>
    surface.events?.(moment, visit) ?? request(surface, moment, visit)
  const choosePerson = weightedChoice(people, ({ activity }) => activity)
  return {
    slate: (moment) => surface.slate(moment),
    visit: eventsOf,
    logged: (event) => surface.logged(event),
    rhythm: rhythmOf,
    inHour(hourMs, items) {
      const draws = drawsFor(options.seed, 'hour', hourMs)
      const sessions = draws.poisson(
        options.users * options.sessionsPerUserAndDay * rhythmOf(hourMs),
      )
      const events: Event[] = []
      for (let s = 0; s < sessions; s++) {
        const person = choosePerson(draws)
        let timeMs = hourMs + draws.below(HOUR_MS)
        for (let left = 1 + draws.poisson(0.7); left > 0; left--) {
          events.push(...eventsOf({ draws, person, items, timeMs }, ORDINARY))
          timeMs += 20_000 + Math.round(draws.exponential(60_000))
        }
      }
      return events
    },
  }
}
