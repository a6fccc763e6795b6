import { placesByUser } from './bad-window.ts'
import type { ScreenedEvents } from './events.ts'
import type { Window } from './windows.ts'

/** At most this share of those who are accused may be honest: each is rather a cheat than not. */
const MAX_HONEST_SHARE = 0.5

/** The share of the group's items in what some users are shown in a window, with one impression more. */
function shareOfGroup(
  events: ScreenedEvents,
  { group, isOther, fromMs, throughMs }: QuietCase,
): number {
  let [all, ofGroup] = [1, 1]
  for (let place = 0; place < events.length; place++) {
    const timeMs = events.timeMs[place]!
    if (timeMs < fromMs || timeMs >= throughMs) continue
    if (events.outcome[place]! >= 0 || !isOther(events.user[place]!)) continue
    all++
    if (group.has(events.item[place]!)) ofGroup++
  }
  return ofGroup / all
}

interface QuietCase extends Window {
  /** Items that one-time users click again and again in this window. */
  group: ReadonlySet<number>
  isOther: (user: number) => boolean
}

/**
 * One-time users without a click who were shown a group's items in its window, and how many of them are
 * honest. Null model: each impression of a one-time user is of the group as often as one of the other users in that
 * time, independently. None if half of the users can be honest. O(events).
 */
export function findQuietVisitors<V extends Window & { user: number }>(
  events: ScreenedEvents,
  visitors: readonly V[],
  about: QuietCase,
): { users: readonly V[]; expected: number } {
  const share = shareOfGroup(events, about)
  const { starts, places } = placesByUser(events)
  const users: V[] = []
  let expected = 0
  for (const one of visitors) {
    if (one.fromMs < about.fromMs || one.fromMs >= about.throughMs) continue
    const own = places.subarray(starts[one.user]!, starts[one.user + 1]!)
    const shown = own.filter((place) => events.outcome[place]! < 0)
    expected += 1 - (1 - share) ** shown.length
    if (shown.some((place) => about.group.has(events.item[place]!))) users.push(one)
  }
  return expected <= MAX_HONEST_SHARE * users.length
    ? { users, expected }
    : { users: [], expected: 0 }
}
