import type { Event } from '../../../../functions/contract/events.ts'
import type { Item } from '../item.ts'
import type { Query } from '../search/queries.ts'
import { gradeOf } from '../search/relevance.ts'
import { type Moment, sigmoid, type Visit } from '../surface.ts'

/** Log-odds that a person copies a passage of an answer, by its grade. */
const BY_GRADE = [-4.5, -3.2, -1.6, 0.9] as const
/** Chances after an answer with the best passage, and after one without any good passage. */
const THUMBS_UP = 0.3
const THUMBS_DOWN = 0.2
const REGENERATE = 0.35

/** One answer: what it was given, what it used, and what it said. */
export interface Answer {
  /** With the time of this answer. */
  moment: Moment
  query: Query
  requestId: string
  slate: readonly Item[]
  used: readonly Item[]
  context: Readonly<Record<string, string>>
}

/** What a passage is worth to the person who asked: its grade, or nothing where what it says is wrong. */
export const worthOf = ({ intent }: Query, item: Item): number =>
  item.quality < -2 ? 0 : gradeOf(intent, item)

/** The chance that a person copies a passage. */
export const copyChance = (query: Query, item: Item): number =>
  sigmoid(BY_GRADE[worthOf(query, item)]! + item.quality)

type Tell = (outcome: string, item: Item, atMs: number, value?: number) => void

/** Writes outcomes of an answer into a list. */
const teller =
  ({ moment, requestId, slate }: Answer, events: Event[]): Tell =>
  (outcome, item, timeMs, value) => {
    const suffix = outcome === 'copy' ? 'c' : outcome.replace('_', '-')
    events.push({
      ...{ type: 'outcome', outcome, timeMs, userId: moment.person.id, itemId: item.id, requestId },
      eventId: `${requestId}-${slate.indexOf(item) + 1}-${suffix}`,
      ...(value === undefined ? {} : { value }),
    })
  }

/** The thumb that a person gives, if any, and whether the person asks for another answer. */
function opinionOf({ moment: { draws } }: Answer, best: number) {
  const [up, down, again] = [draws.uniform(), draws.uniform(), draws.uniform()]
  const isBad = best <= 1
  const isUp = best === 3 && up < THUMBS_UP
  const isDown = isBad && down < THUMBS_DOWN
  return {
    thumb: isUp ? 'thumbs_up' : isDown ? 'thumbs_down' : null,
    isAgain: isBad && again < REGENERATE,
  }
}

/**
 * What a person does about an answer: each outcome names a chunk that the answer used. `againMs`: when the person asks for
 * another answer; null: not.
 */
export function react(answer: Answer, visit: Visit): { events: Event[]; againMs: number | null } {
  const { query, used } = answer
  const { draws, timeMs } = answer.moment
  const best = used.reduce<number>((most, item) => Math.max(most, worthOf(query, item)), 0)
  const events: Event[] = []
  const tell = teller(answer, events)
  const readMs = 4000 + Math.round(draws.exponential(6000 + 9000 * best))
  for (const item of used) {
    tell('dwell', item, timeMs + readMs, Math.round(readMs / 100) / 10)
    if (draws.uniform() >= (visit.chanceOf?.(item) ?? copyChance(query, item))) continue
    const delayMs = visit.delayMs?.(draws) ?? 2000 + Math.round(draws.exponential(20_000))
    tell('copy', item, timeMs + delayMs)
  }
  const { thumb, isAgain } = opinionOf(answer, best)
  for (const item of used) {
    if (thumb) tell(thumb, item, timeMs + readMs + 1000)
    if (isAgain) tell('regenerate', item, timeMs + readMs + 2000)
  }
  return { events, againMs: isAgain ? timeMs + readMs + 2000 : null }
}
