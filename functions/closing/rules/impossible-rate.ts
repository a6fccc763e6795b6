import { everyEvent, type Rule } from './rule.ts'

/**
 * A person does not make more than twenty outcomes in less than ten seconds: more than two a second
 * is faster than a hand on a slate, and much faster than reading. Outcomes of one instant are one
 * act, such as a form that is sent.
 */
const MAX_OUTCOMES = 20
const WINDOW_MS = 10_000

/** Excludes all events of a user with more outcomes within ten seconds than a person makes. */
export const impossibleRate: Rule = {
  reason: 'impossible_rate',
  remembersUsers: true,
  open: () => (user) => {
    const times: number[] = []
    for (const { type, timeMs } of user.rows)
      if (type === 'outcome' && timeMs !== times.at(-1)) times.push(timeMs)
    const isTooFast = times.some(
      (timeMs, i) => timeMs - (times[i - MAX_OUTCOMES] ?? Number.NEGATIVE_INFINITY) < WINDOW_MS,
    )
    return isTooFast ? everyEvent : null
  },
}
