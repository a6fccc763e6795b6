import type { EventRow } from '../../functions/contract/rows.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { DAY0_MS, makeImpression, makeOutcome } from './events.ts'

const HOUR_MS = 3_600_000
const SLATE = 8

/** One request of a user: a slate of different items, each clicked with this chance after a person's delay. */
export function visit(
  uniform: () => number,
  user: string,
  n: number,
  timeMs: number,
  chance = 0.1,
): EventRow[] {
  const request = `${user} r${n}`
  const first = Math.floor(1000 * uniform())
  return Array.from({ length: SLATE }, (_, place) => {
    const about = { user, request, item: `i${first + 7 * place}` }
    const event = `${request} ${place}`
    const shown = makeImpression({ ...about, event, timeMs, position: place + 1 })
    if (uniform() >= chance) return [shown]
    const delayMs = 900 + Math.round(-20_000 * Math.log(1 - uniform()))
    return [shown, makeOutcome({ ...about, event: `${event} c`, timeMs: timeMs + delayMs })]
  }).flat()
}

/** An hour of honest people. A few of them make many requests. */
export function makeCrowd(users: number, seed = 1): EventRow[] {
  const uniform = seededUniform(seed)
  return Array.from({ length: users }, (_, n) => {
    const requests = n % 20 === 0 ? 25 : 1 + Math.floor(4 * uniform())
    let timeMs = DAY0_MS + Math.floor(HOUR_MS * uniform() * 0.3)
    return Array.from({ length: requests }, (_, r) => {
      timeMs += 5000 + Math.round(-60_000 * Math.log(1 - uniform()))
      return visit(uniform, `h${n}`, r, timeMs)
    }).flat()
  }).flat()
}
