import { z } from 'zod'
import type { EventRow } from '../../contract/rows.ts'

/** What the context of an impression of an `assistant` scene has. The impression's item is the answer's id. */
const contextSchema = z.object({
  prompt: z.string().min(1),
  answer: z.string().min(1),
  /** Ids of the chunks that the generator was given. */
  chunks: z.array(z.string()).optional(),
  /** Version of the generator. */
  model: z.string().optional(),
})

export interface AnswerOutcome {
  name: string
  /** Seconds of `dwell`; null for outcomes without a value. */
  value: number | null
  timeMs: number
}

/** An answer that a person was shown, and what the person did with it. */
export interface ShownAnswer {
  /** Id of the answer. */
  answer: string
  /** One turn of a conversation: an answer and its regenerations have the same request. */
  request: string
  user: string
  timeMs: number
  prompt: string
  text: string
  chunks: readonly string[]
  model: string | null
  release: string | null
  outcomes: AnswerOutcome[]
}

export interface ReadAnswers {
  answers: ShownAnswer[]
  /** Impressions without a readable context or a request, and outcomes without their impression. */
  unreadable: number
  orphans: number
}

function readContext(context: string | null) {
  try {
    const { success, data } = contextSchema.safeParse(JSON.parse(context ?? ''))
    return success ? data : null
  } catch {
    return null
  }
}

type AnswerEvent = Pick<
  EventRow,
  | 'type'
  | 'timeMs'
  | 'user'
  | 'item'
  | 'request'
  | 'outcome'
  | 'value'
  | 'release'
  | 'context'
  | 'event'
>

/** The first of equal keys, by time and then by id, holds; so the order of events does not matter. */
const byTime = (a: AnswerEvent, b: AnswerEvent): number =>
  a.timeMs - b.timeMs || (a.event < b.event ? -1 : a.event > b.event ? 1 : 0)

/**
 * Joins the closed events of an `assistant` scene: impressions are answers, outcomes name the request and the answer
 * of the same person. A repeated event changes nothing. Outcomes later than `windowMs` after the answer do not count.
 */
export function readAnswers(events: readonly AnswerEvent[], windowMs: number): ReadAnswers {
  const sorted = [...new Map(events.map((event) => [event.event, event])).values()].sort(byTime)
  const keyOf = ({ user, request, item }: AnswerEvent): string =>
    JSON.stringify([user, request, item])
  const answers = new Map<string, ShownAnswer>()
  let [unreadable, orphans] = [0, 0]
  for (const event of sorted) {
    if (event.type !== 'impression') continue
    const context = readContext(event.context)
    if (context === null || event.request === null) unreadable++
    else if (!answers.has(keyOf(event)))
      answers.set(keyOf(event), {
        ...{ answer: event.item, request: event.request, user: event.user, timeMs: event.timeMs },
        ...{ prompt: context.prompt, text: context.answer, chunks: context.chunks ?? [] },
        ...{ model: context.model ?? null, release: event.release, outcomes: [] },
      })
  }
  for (const { timeMs, outcome, value, ...event } of sorted) {
    if (event.type === 'impression') continue
    const answer = answers.get(keyOf({ timeMs, outcome, value, ...event }))
    const isLate =
      answer !== undefined && (timeMs < answer.timeMs || timeMs >= answer.timeMs + windowMs)
    if (answer === undefined) orphans++
    else if (outcome !== null && !isLate) answer.outcomes.push({ name: outcome, value, timeMs })
  }
  return { answers: [...answers.values()], unreadable, orphans }
}
