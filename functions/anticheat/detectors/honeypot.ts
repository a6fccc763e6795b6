import type { Finding } from '../../contract/verdicts.ts'
import type { ScreenedEvents } from '../events.ts'

/** The chance is 0: a score as large as that of the smallest positive number, 10^−308. */
const CERTAIN = 308

/**
 * Users with an event on a honeypot: an item of the catalogue that no person is shown. No null model and no
 * threshold: no person can do it. It covers all that the user does in the window. O(events).
 */
export const honeypot = {
  name: 'honeypot',
  evidence: 'mechanical',
  reason: 'It had an event on an item that no person is shown.',
  detect(events: ScreenedEvents, { honeypots }: { honeypots: readonly string[] }): Finding[] {
    const named = new Set(honeypots)
    const isHoneypot = events.items.map((item) => named.has(item))
    const caught = new Set<number>()
    for (let place = 0; place < events.length; place++)
      if (isHoneypot[events.item[place]!]) caught.add(events.user[place]!)
    if (caught.size === 0) return []
    const findings = new Map<number, Finding>()
    for (let place = 0; place < events.length; place++) {
      const user = events.user[place]!
      if (!caught.has(user)) continue
      const timeMs = events.timeMs[place]!
      const before = findings.get(user)
      if (before) {
        before.events++
        before.throughMs = timeMs + 1
      } else
        findings.set(user, {
          detector: honeypot.name,
          evidence: honeypot.evidence,
          subject: 'user',
          id: events.users[user]!,
          items: [],
          fromMs: timeMs,
          throughMs: timeMs + 1,
          score: CERTAIN,
          events: 1,
          expected: 0,
        })
    }
    return [...findings.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  },
} as const
