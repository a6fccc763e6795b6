import { HOUR_MS } from '../../contract/time.ts'
import type { Finding } from '../../contract/verdicts.ts'
import { PairCodes } from '../../math/pair-codes.ts'
import { logChoose } from '../../math/smallest-chances.ts'
import { type Request, scan, windowFinding } from '../bad-window.ts'
import { LOG_FALSE_RUNS } from '../bound.ts'
import type { ScreenedEvents } from '../events.ts'
import type { ExpectedClicks } from '../expected-clicks.ts'
import { groupPlaces } from '../group-places.ts'
import { expectedClicks, screenRepeats } from '../repeat-screening.ts'

/** A shorter slate is no pattern. */
const MIN_SLATE = 3
/** Sooner, it is the same page shown again. */
const MIN_PAUSE_MS = HOUR_MS

interface Slate extends Request {
  user: number
  /** The number of its items in order of position, and of these with the clicked ones. */
  items: number
  pattern: number
  /** ln of the chance of exactly these clicks: the clicked items' chances, raised by taste. */
  logChance: number
  clicks: number
}

function slateOf(
  events: ScreenedEvents,
  places: Uint32Array,
  { fit, liked, sequences }: { fit: ExpectedClicks; liked: number; sequences: PairCodes },
): Slate | null {
  if (places.length < MIN_SLATE) return null
  const shown = [...places].sort((a, b) => events.position[a]! - events.position[b]! || a - b)
  const clicked = shown.filter((place) => fit.clicked[place] === 1)
  const addItems = (start: number, some: readonly number[]): number =>
    some.reduce((code, place) => 1 + sequences.codeOf(code, events.item[place]!), start)
  const items = addItems(0, shown)
  return {
    user: events.user[shown[0]!]!,
    // The places of a request are in order of time.
    fromMs: events.timeMs[places[0]!]!,
    throughMs: events.timeMs[places.at(-1)!]!,
    items,
    pattern: addItems(1 + sequences.codeOf(items, events.items.length), clicked),
    clicks: clicked.length,
    logChance: clicked.reduce(
      (sum, place) => sum + Math.log(Math.min(1, liked * fit.probability[place]!)),
      0,
    ),
    isBad: false,
  }
}

/** The slates of all requests, in order of time. */
function slatesOf(events: ScreenedEvents): Slate[] {
  const isImpression = (place: number): boolean => events.outcome[place]! < 0
  const { starts, places } = groupPlaces(events.request, events.requests, isImpression)
  const fit = expectedClicks(events)
  const liked = 1 + 1 / screenRepeats(events).model.shape
  const about = { fit, liked, sequences: new PairCodes() }
  const slates: Slate[] = []
  for (let request = 0; request < events.requests; request++) {
    const own = places.subarray(starts[request]!, starts[request + 1]!)
    const slate = slateOf(events, own, about)
    if (slate !== null) slates.push(slate)
  }
  return slates.sort((a, b) => a.fromMs - b.fromMs || a.user - b.user)
}

/**
 * Slates with clicks that come back with the same clicks, an hour later or more, of one user or of another. Null
 * model: the app may well show the same slate again; but given that it does, each item is clicked again with the
 * chance that position, item and user expect, times the measured factor of taste (one who clicked an item
 * likes it more than others do). The chance of m equal
 * patterns among n shown again is at most the number of subsets × the product of the patterns' chances.
 * Bonferroni over users. O(events), and the sort of each slate.
 */
export const replayedSlates = {
  name: 'replayed-slates',
  evidence: 'choice',
  reason: 'Recorded slates come back with the same clicks.',
  detect(events: ScreenedEvents): Finding[] {
    const firstMs = new Map<number, number>()
    const again = new Map<number, Slate[]>()
    for (const slate of slatesOf(events)) {
      const isAgain = (key: number): boolean =>
        slate.fromMs - (firstMs.get(key) ?? Number.POSITIVE_INFINITY) >= MIN_PAUSE_MS
      if (isAgain(slate.items)) {
        slate.isBad = slate.clicks > 0 && isAgain(slate.pattern)
        const own = again.get(slate.user)
        if (own) own.push(slate)
        else again.set(slate.user, [slate])
      }
      for (const key of [slate.items, slate.pattern])
        if (!firstMs.has(key)) firstMs.set(key, slate.fromMs)
    }
    const logTests = Math.log(Math.max(1, again.size))
    return [...again].flatMap(([user, slates]) => {
      const replayed = slates.filter(({ isBad }) => isBad)
      const logChance =
        replayed.reduce((sum, slate) => sum + slate.logChance, 0) +
        logChoose(slates.length, replayed.length) +
        logTests
      if (logChance > LOG_FALSE_RUNS) return []
      const expected = replayed.reduce((sum, slate) => sum + Math.exp(slate.logChance), 0)
      const stretch = scan(slates, Math.min(0.5, Math.max(1e-4, expected / slates.length)))
      return windowFinding(events, replayedSlates, {
        ...{ user, requests: slates, stretch, logChance, expected },
      })
    })
  },
} as const
