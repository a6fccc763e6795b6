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

/** More recorded patterns of one slate than this are what all its users may do. */
const MAX_PATTERNS = 64

interface Slate extends Request {
  user: number
  /** The number of its list of items in order of position, and of its list of clicked ones. */
  items: number
  pattern: number
  /** Places of its impressions, in order of position. */
  shown: readonly number[]
  clicked: readonly number[]
  /** ln of the chance of the clicks of any slate that was recorded before. */
  logChance: number
}

function slateOf(
  events: ScreenedEvents,
  places: Uint32Array,
  { clicked: isClicked }: ExpectedClicks,
  lists: PairCodes,
): Slate | null {
  if (places.length < MIN_SLATE) return null
  const shown = [...places].sort((a, b) => events.position[a]! - events.position[b]! || a - b)
  const itemOf = (place: number): number => events.item[place]!
  const clicked = shown.filter((place) => isClicked[place] === 1).map(itemOf)
  const numberOf = (list: readonly number[]): number =>
    list.reduce((code, item) => 1 + lists.codeOf(code, item), 0)
  return {
    user: events.user[shown[0]!]!,
    // The places of a request are in order of time.
    fromMs: events.timeMs[places[0]!]!,
    throughMs: events.timeMs[places.at(-1)!]!,
    items: numberOf(shown.map(itemOf)),
    pattern: numberOf(clicked),
    shown,
    clicked,
    logChance: 0,
    isBad: false,
  }
}

/** The first slate of each pattern, of one list of items. */
type Recorded = Pick<Slate, 'pattern' | 'fromMs' | 'clicked'>[]

/**
 * Compares a slate with those recorded an hour before or more. Null: there is none. `chanceOf`: of a click on the
 * impression at a place, raised by taste.
 */
function compareSlate(
  slate: Slate,
  recorded: Recorded,
  itemOf: (place: number) => number,
  chanceOf: (place: number) => number,
): Slate | null {
  const before = recorded.filter(({ fromMs }) => slate.fromMs - fromMs >= MIN_PAUSE_MS)
  if (before.length === 0) return null
  const chances = new Map(slate.shown.map((place) => [itemOf(place), chanceOf(place)]))
  const chance = before
    .filter(({ clicked }) => clicked.length > 0)
    .reduce((sum, { clicked }) => sum + clicked.reduce((p, item) => p * chances.get(item)!, 1), 0)
  return {
    ...slate,
    isBad: slate.clicked.length > 0 && before.some(({ pattern }) => pattern === slate.pattern),
    logChance: recorded.length < MAX_PATTERNS ? Math.log(Math.min(1, chance)) : 0,
  }
}

/** The slates of all requests, in order of time. */
function slatesOf(events: ScreenedEvents): Slate[] {
  const isImpression = (place: number): boolean => events.outcome[place]! < 0
  const { starts, places } = groupPlaces(events.request, events.requests, isImpression)
  const fit = expectedClicks(events)
  const lists = new PairCodes()
  const slates: Slate[] = []
  for (let request = 0; request < events.requests; request++) {
    const own = places.subarray(starts[request]!, starts[request + 1]!)
    const slate = slateOf(events, own, fit, lists)
    if (slate !== null) slates.push(slate)
  }
  return slates.sort((a, b) => a.fromMs - b.fromMs || a.user - b.user)
}

/** By user: the slates that were shown an hour before or more, to anybody. */
function findShownAgain(events: ScreenedEvents): Map<number, Slate[]> {
  const { probability } = expectedClicks(events)
  const liked = 1 + 1 / screenRepeats(events).model.shape
  const itemOf = (place: number): number => events.item[place]!
  const chanceOf = (place: number): number => Math.min(1, liked * probability[place]!)
  const recordedOf = new Map<number, Recorded>()
  const again = new Map<number, Slate[]>()
  for (const slate of slatesOf(events)) {
    const recorded = recordedOf.get(slate.items) ?? []
    recordedOf.set(slate.items, recorded)
    const compared = compareSlate(slate, recorded, itemOf, chanceOf)
    if (compared !== null) {
      const own = again.get(slate.user)
      if (own) own.push(compared)
      else again.set(slate.user, [compared])
    }
    const { pattern, fromMs, clicked } = slate
    const isNew = recorded.every((one) => one.pattern !== pattern)
    if (isNew && recorded.length < MAX_PATTERNS) recorded.push({ pattern, fromMs, clicked })
  }
  return again
}

/**
 * Slates with clicks that come back with the same clicks, an hour later or more, of one user or of another. Null
 * model: the app may well show the same slate again; but given that it does, each item is clicked with the
 * chance that position, item and user expect, times the measured factor of taste (one who clicked an item
 * likes it more than others do). So a slate repeats one of its patterns with the sum of their chances. The
 * chance of m such slates among n shown again is at most the number of subsets × the product of their
 * chances. Bonferroni over users. O(events), and the sort of each slate.
 */
export const replayedSlates = {
  name: 'replayed-slates',
  evidence: 'choice',
  reason: 'Recorded slates come back with the same clicks.',
  detect(events: ScreenedEvents): Finding[] {
    const again = findShownAgain(events)
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
