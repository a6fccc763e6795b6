import { z } from 'zod'
import { ANSWER_CONTEXT } from '../../contract/preferences.ts'
import type { EventRow } from '../../contract/rows.ts'

/** A text, or a long one in parts. */
const text = z
  .union([z.string(), z.array(z.string()).transform((parts) => parts.join(''))])
  .refine((whole) => whole !== '')
const contextSchema = z.object({
  [ANSWER_CONTEXT.prompt]: text,
  [ANSWER_CONTEXT.answer]: text,
  [ANSWER_CONTEXT.turn]: z.string().optional(),
  [ANSWER_CONTEXT.model]: z.string().optional(),
})

export interface AnswerOutcome {
  name: string
  /** The chunk that it names. */
  chunk: string
  /** Seconds of `dwell`; null for outcomes without a value. */
  value: number | null
  timeMs: number
}

/** An answer that a person was shown, and what the person did with it. */
export interface ShownAnswer {
  request: string
  /** An answer and its regenerations have the same turn. */
  turn: string
  user: string
  timeMs: number
  prompt: string
  text: string
  /** The chunks of the slate, in the order of their places. */
  chunks: string[]
  model: string | null
  release: string | null
  outcomes: AnswerOutcome[]
  /** A verdict excludes one of its events. */
  isExcluded: boolean
}

export interface ReadAnswers {
  answers: ShownAnswer[]
  /** Impressions without a readable context or a request. */
  unreadable: number
  /** Outcomes without an answer in the window before them. */
  orphans: number
}

function readContext(context: string | null | undefined) {
  try {
    const { success, data } = contextSchema.safeParse(JSON.parse(context ?? ''))
    return success ? data : null
  } catch {
    return null
  }
}

/** What is read of an event. */
export const ANSWER_COLUMNS = [
  ...['event', 'type', 'timeMs', 'user', 'item', 'request', 'outcome', 'value', 'position'],
  ...['release', 'context', 'drop'],
] as const satisfies readonly (keyof EventRow)[]
export type AnswerEvent = Pick<EventRow, (typeof ANSWER_COLUMNS)[number]>

/** The first of equal keys, by time and then by id, holds; so the order of events does not matter. */
const byTime = (a: AnswerEvent, b: AnswerEvent): number =>
  a.timeMs - b.timeMs || (a.event < b.event ? -1 : a.event > b.event ? 1 : 0)

interface Place {
  item: string
  position: number
}
/** The items of a slate by their places; those without a place come last, in the order of the log. */
const inOrder = (places: readonly Place[]): string[] => [
  ...new Set(places.toSorted((a, b) => a.position - b.position).map(({ item }) => item)),
]

function startAnswer(
  { user, timeMs, release }: AnswerEvent,
  request: string,
  context: NonNullable<ReturnType<typeof readContext>>,
): ShownAnswer {
  const { prompt, answer, turn, model } = context
  return {
    ...{ request, turn: turn ?? request, user, timeMs, prompt, text: answer },
    ...{ chunks: [], model: model ?? null, release: release ?? null, outcomes: [] },
    isExcluded: false,
  }
}

export interface AnswerOptions {
  /** Outcomes count this long after their answer. */
  windowMs: number
  isExcluded?(event: AnswerEvent): boolean
  /** Events before it are only read for the turns that they belong to: they are not counted. */
  countedFromMs?: number
}

const keyOf = ({ user, request }: AnswerEvent): string => JSON.stringify([user, request])

/**
 * Joins the closed events of an `assistant` scene. The impressions of one request are one answer, with the chunks of its
 * slate; an outcome belongs to the answer of its user's request, whatever chunk it names. A repeated event changes
 * nothing. Answers are in order of time.
 */
export function readAnswers(
  events: readonly AnswerEvent[],
  { windowMs, isExcluded = () => false, countedFromMs = 0 }: AnswerOptions,
): ReadAnswers {
  const sorted = [...new Map(events.map((event) => [event.event, event])).values()].sort(byTime)
  const answers = new Map<string, ShownAnswer>()
  const places = new Map<ShownAnswer, Place[]>()
  let [unreadable, orphans] = [0, 0]
  const counted = (event: AnswerEvent): number => (event.timeMs >= countedFromMs ? 1 : 0)
  for (const event of sorted) {
    if (event.type !== 'impression') continue
    const key = keyOf(event)
    const known = answers.get(key)
    const context = known || event.request == null ? null : readContext(event.context)
    if (!known && context === null) {
      unreadable += counted(event)
      continue
    }
    const answer = known ?? startAnswer(event, event.request!, context!)
    answers.set(key, answer)
    const slate = places.get(answer) ?? []
    slate.push({ item: event.item, position: event.position ?? Number.MAX_SAFE_INTEGER })
    places.set(answer, slate)
    answer.isExcluded ||= isExcluded(event)
  }
  for (const event of sorted) {
    if (event.type === 'impression') continue
    const { timeMs, outcome, value } = event
    const answer = answers.get(keyOf(event))
    const isWithin =
      answer !== undefined && timeMs >= answer.timeMs && timeMs < answer.timeMs + windowMs
    if (!isWithin) orphans += counted(event)
    else if (outcome != null) {
      answer.outcomes.push({ name: outcome, chunk: event.item, value: value ?? null, timeMs })
      answer.isExcluded ||= isExcluded(event)
    }
  }
  for (const [answer, slate] of places) answer.chunks = inOrder(slate)
  return { answers: [...answers.values()], unreadable, orphans }
}
