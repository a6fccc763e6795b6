import type { Event } from '../../../functions/contract/events.ts'
import { DAY_MS, HOUR_MS } from '../../../functions/contract/time.ts'
import type { Item } from './catalogue.ts'
import { type Draws, drawsFor } from './draws.ts'
import type { WorldOptions } from './options.ts'
import { createTastes, type Person } from './people.ts'

/** Share of a day's sessions by hour of the day, and of a week's by day from Monday. */
const BY_HOUR = [3, 2, 1, 1, 1, 2, 4, 6, 7, 6, 5, 5, 6, 6, 5, 5, 5, 6, 7, 8, 9, 9, 7, 5]
const BY_WEEKDAY = [1, 0.95, 0.95, 1, 1.1, 1.25, 1.2]
const HOUR_SUM = BY_HOUR.reduce((a, b) => a + b)
const SLATE = 8
/** Candidates among which the app's own simple ranking chooses a slate. */
const CANDIDATES = 24
const EXPLORED_SHARE = 0.15
const PURCHASE_SHARE = 0.06
const PURCHASE_DELAY_HOURS = 5

function rhythmOf(hourMs: number): number {
  const date = new Date(hourMs)
  return (BY_HOUR[date.getUTCHours()]! / HOUR_SUM) * BY_WEEKDAY[(date.getUTCDay() + 6) % 7]!
}
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
/** Chance that a place in the slate is looked at at all. */
const examination = (position: number): number => position ** -0.6

export interface Behaviour {
  /** Every event whose session began in that hour, with true times; outcomes may lie later. */
  inHour(hourMs: number, items: readonly Item[]): Event[]
  /** What the app shows a person at a moment. */
  slate(moment: Moment): Item[]
  /** The events of one request, as a person really behaves, except where the visit says otherwise. */
  visit(moment: Moment, visit: Visit): Event[]
  /** The expected share of a day's sessions in an hour. */
  rhythm(hourMs: number): number
}

function activityTable(people: readonly Person[]): (draws: Draws) => Person {
  const cumulative = new Float64Array(people.length)
  let sum = 0
  people.forEach((person, i) => {
    sum += person.activity
    cumulative[i] = sum
  })
  return (draws) => {
    const target = draws.uniform() * sum
    let low = 0
    let high = people.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (cumulative[middle]! < target) low = middle + 1
      else high = middle
    }
    return people[low]!
  }
}

/** What one request is drawn from. */
interface Moment {
  draws: Draws
  person: Person
  items: readonly Item[]
  timeMs: number
}
/** How a request differs from an ordinary one. */
export interface Visit {
  /** Keeps its ids apart from those of other requests. */
  name: string
  slate?: readonly Item[]
  /** The chance of a click on an item. Null: as the person likes it. */
  chanceOf?(item: Item): number | null
  context?: Readonly<Record<string, string>>
  /** From the impression to the click. */
  delayMs?(draws: Draws): number
}
const ORDINARY: Visit = { name: 'r' }
type Tastes = ReturnType<typeof createTastes>

const appeal = (tastes: Tastes, { person, timeMs }: Moment, item: Item): number =>
  0.9 * tastes.of(person, item.category, timeMs) +
  tastes.trend(item.category, timeMs) +
  item.quality +
  0.6 * Math.exp(-(timeMs - item.createdMs) / (2 * DAY_MS))

/** The app ranks by what it half knows: quality and a little of the taste, with noise. */
function chooseSlate(tastes: Tastes, moment: Moment): Item[] {
  const { draws, items } = moment
  const candidates = new Set<Item>()
  while (candidates.size < Math.min(CANDIDATES, items.length)) candidates.add(draws.pick(items))
  return [...candidates]
    .map((item) => ({
      item,
      score:
        draws.uniform() < EXPLORED_SHARE
          ? 3 * draws.normal()
          : 0.4 * appeal(tastes, moment, item) + draws.normal(),
    }))
    .sort((a, b) => b.score - a.score)
    .slice(0, SLATE)
    .map(({ item }) => item)
}

/** A person looks at a slate for a moment before the first click. */
const readingMs = (draws: Draws): number => 2000 + Math.round(draws.exponential(25_000))

/** The impressions of one slate, each with the click and the purchase that it leads to. */
function request(tastes: Tastes, moment: Moment, visit: Visit): Event[] {
  const { draws, person, timeMs } = moment
  const requestId = `${visit.name}-${person.id}-${timeMs.toString(36)}`
  const events: Event[] = []
  const slate = visit.slate ?? chooseSlate(tastes, moment)
  slate.forEach((item, i) => {
    const position = i + 1
    const eventId = `${requestId}-${position}`
    const about = { userId: person.id, itemId: item.id, requestId }
    const context = { device: person.device, ...visit.context }
    events.push({ type: 'impression', eventId, timeMs, ...about, position, context })
    const chance =
      visit.chanceOf?.(item) ?? examination(position) * sigmoid(appeal(tastes, moment, item) - 2.4)
    if (draws.uniform() >= chance) return
    const clickMs = timeMs + (visit.delayMs ?? readingMs)(draws)
    events.push({
      type: 'outcome',
      outcome: 'click',
      eventId: `${eventId}-c`,
      timeMs: clickMs,
      ...about,
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

/** How the crowd behaves: sessions by daily and weekly rhythm, slates, clicks, delayed purchases. */
export function createBehaviour(options: WorldOptions, people: readonly Person[]): Behaviour {
  const tastes = createTastes(options)
  const choosePerson = activityTable(people)
  return {
    slate: (moment) => chooseSlate(tastes, moment),
    visit: (moment, visit) => request(tastes, moment, visit),
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
          events.push(...request(tastes, { draws, person, items, timeMs }, ORDINARY))
          timeMs += 20_000 + Math.round(draws.exponential(60_000))
        }
      }
      return events
    },
  }
}
