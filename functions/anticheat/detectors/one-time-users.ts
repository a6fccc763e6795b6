import { HOUR_MS } from '../../contract/time.ts'
import type { Finding } from '../../contract/verdicts.ts'
import { binomialUpperTail } from '../../math/binomial.ts'
import { dispersionOf } from '../../math/dispersion.ts'
import { logNegativeBinomialTail } from '../../math/negative-binomial.ts'
import { placesByUser, scan } from '../bad-window.ts'
import { LOG_FALSE_RUNS } from '../bound.ts'
import { joinItems } from '../campaigns.ts'
import type { ScreenedEvents } from '../events.ts'
import { findQuietVisitors } from '../quiet-visitors.ts'
import { screenRepeats } from '../repeat-screening.ts'
import type { RepeatModel } from '../repeated-clicks.ts'
import { hullOf } from '../windows.ts'

/** A user whose events are all within one session, with the items that the user clicked. */
interface OneTimer {
  user: number
  fromMs: number
  throughMs: number
  items: readonly number[]
}

/** The longest one session. */
const SESSION_MS = HOUR_MS
/** Users with two of the items: two could be a coincidence of tastes. */
const MIN_USERS = 3
/** Among the accused, at most this share may be honest by the null model. */
const MAX_HONEST_SHARE = 0.05

function findOneTimers(events: ScreenedEvents, { pairs }: RepeatModel): OneTimer[] {
  const { starts, places } = placesByUser(events)
  return events.users.flatMap((_, user) => {
    const fromMs = events.timeMs[places[starts[user]!]!]!
    const throughMs = events.timeMs[places[starts[user + 1]! - 1]!]! + 1
    if (throughMs - fromMs > SESSION_MS) return []
    const items: number[] = []
    for (let row = pairs.starts[user]!; row < pairs.starts[user + 1]!; row++)
      if (pairs.clicks[row]! > 0) items.push(pairs.item[row]!)
    return [{ user, fromMs, throughMs, items: items.sort((a, b) => a - b) }]
  })
}

/** By item: all clickers, and those that came once. */
interface Clickers {
  all: Float64Array
  once: Float64Array
}

function countClickers({ pairs, share }: RepeatModel, oneTimers: readonly OneTimer[]): Clickers {
  const all = new Float64Array(share.length)
  const once = new Float64Array(share.length)
  for (let row = 0; row < pairs.item.length; row++)
    if (pairs.clicks[row]! > 0) all[pairs.item[row]!]!++
  for (const { items } of oneTimers) for (const item of items) once[item]!++
  return { all, once }
}

/** Items whose clickers came once more often than other items' do, with ln of the corrected chance. */
function findItems({ all, once }: Clickers): Map<number, number> {
  const sum = (counts: Float64Array): number => counts.reduce((a, b) => a + b, 0)
  const rate = sum(once) / Math.max(1, sum(all))
  const groups = [...all].map((trials, item) => ({ positives: once[item]!, trials, rate }))
  const dispersion = dispersionOf(groups)
  const found = new Map<number, number>()
  for (const [item, { positives, trials }] of groups.entries()) {
    const chance = binomialUpperTail(positives / dispersion, trials / dispersion, rate)
    const logChance = Math.log(Math.max(chance, 1e-300)) + Math.log(all.length)
    if (positives >= MIN_USERS && logChance <= LOG_FALSE_RUNS) found.set(item, logChance)
  }
  return found
}

/** Groups of such items that the same one-time users click. */
function groupItems(
  oneTimers: readonly OneTimer[],
  isFound: (item: number) => boolean,
  share: Float64Array,
): number[][] {
  const pairs = new Map<string, { first: number; second: number; users: number }>()
  const further = new Map<number, number>()
  for (const { items } of oneTimers) {
    const some = items.filter(isFound)
    for (const [place, first] of some.entries()) {
      further.set(first, (further.get(first) ?? 0) + items.length - 1)
      for (const second of some.slice(place + 1)) {
        const key = `${first} ${second}`
        const pair = pairs.get(key) ?? { first, second, users: 0 }
        pair.users++
        pairs.set(key, pair)
      }
    }
  }
  const logTests = Math.log(Math.max(1, pairs.size))
  const significant = [...pairs.values()].filter(({ first, second, users }) => {
    const expected = further.get(first)! * share[second]! + further.get(second)! * share[first]!
    const logChance = logNegativeBinomialTail(users, Math.max(1e-9, expected), 1)
    return users >= MIN_USERS && logChance + logTests <= LOG_FALSE_RUNS
  })
  return joinItems(significant.map(({ first, second }) => [first, second]))
}

/**
 * Many users who come once and click the same few items: one attacker who deletes cookies. Null model: the
 * clickers of an item came once as often as those of other items (binomial, its counts divided by the measured
 * dispersion; Bonferroni over items), and the further clicks of one who came once fall on items by their
 * shares, so that two such items rarely share users (a viral item has no second one). Accused are those that
 * came in the group's stretch of time and clicked nothing else. If too many of them can be honest,
 * only those with two of its items are accused. Those without a click: see `findQuietVisitors`. O(events × groups).
 */
export const oneTimeUsers = {
  name: 'one-time-users',
  evidence: 'volume',
  reason: 'Many users come once and click the same few items.',
  detect(events: ScreenedEvents): Finding[] {
    const { model, leftOut } = screenRepeats(events)
    const all = findOneTimers(events, model).sort((a, b) => a.fromMs - b.fromMs)
    const oneTimers = all.filter(({ items }) => items.length > 0)
    const quiet = all.filter(({ items }) => items.length === 0)
    const once = new Set(all.map(({ user }) => user))
    const isOther = (user: number): boolean => leftOut[user] === 0 && !once.has(user)
    const clickers = countClickers(model, oneTimers)
    const found = findItems(clickers)
    const isFound = (item: number): boolean => found.has(item)
    return groupItems(oneTimers, isFound, model.share).flatMap((group) =>
      accuse(events, { group: new Set(group), oneTimers, quiet, isOther, clickers, found }),
    )
  },
} as const

interface Case {
  group: ReadonlySet<number>
  oneTimers: readonly OneTimer[]
  /** Those without a click. */
  quiet: readonly OneTimer[]
  /** Users that come again and are not suspect. */
  isOther: (user: number) => boolean
  clickers: Clickers
  found: ReadonlyMap<number, number>
}

/** The share of ordinary items' clickers that came once. */
function ordinaryRate({ all, once }: Clickers, found: ReadonlyMap<number, number>): number {
  let [clickers, ones] = [1, 1]
  for (let item = 0; item < all.length; item++)
    if (!found.has(item)) {
      clickers += all[item]!
      ones += once[item]!
    }
  return ones / clickers
}

/** What of a group's one-time users is accused, and how many of those are honest by the null model. */
interface Accused {
  users: readonly OneTimer[]
  expected: number
}

/** Those who clicked nothing else, in the group's stretch of time. */
function accuseClickers({ group, oneTimers, clickers, found }: Case): Accused {
  const isIn = ({ items }: OneTimer): boolean => items.every((item) => group.has(item))
  const rate = ordinaryRate(clickers, found)
  const others = oneTimers.filter((one) => !isIn(one))
  const single = others.reduce((sum, { items }) => sum + (items.length === 1 ? 1 : 0), 1)
  const visitors = [...group].reduce(
    (sum, item) => sum + ((clickers.all[item]! - clickers.once[item]!) * rate) / (1 - rate),
    0,
  )
  // One with a second click has it elsewhere.
  const honest = (visitors * single) / (others.length + 1)
  const stretch = scan(
    oneTimers.map((one) => ({ ...one, isBad: isIn(one) })),
    Math.min(0.5, Math.max(1e-4, honest / oneTimers.length)),
  )
  const users = oneTimers.slice(stretch.from, stretch.to + 1).filter(isIn)
  return { users, expected: (honest * (stretch.to - stretch.from + 1)) / oneTimers.length }
}

/** Those without a click, in the stretch of time of those with one. None if too many can be honest. */
function accuseQuiet(events: ScreenedEvents, about: Case, clickers: Accused): Accused {
  if (clickers.users.length === 0) return { users: [], expected: 0 }
  const quiet = findQuietVisitors(events, about.quiet, {
    ...{ group: about.group, isOther: about.isOther },
    ...hullOf(clickers.users),
  })
  const all = quiet.users.length + clickers.users.length
  const isSure = quiet.expected + clickers.expected <= MAX_HONEST_SHARE * all
  return isSure ? quiet : { users: [], expected: 0 }
}

function accuse(events: ScreenedEvents, about: Case): Finding[] {
  const clickers = accuseClickers(about)
  const isSure = clickers.expected <= MAX_HONEST_SHARE * clickers.users.length
  const quiet = accuseQuiet(events, about, clickers)
  const score = -Math.min(...[...about.group].map((item) => about.found.get(item)!)) / Math.LN10
  const { starts } = placesByUser(events)
  const findingOf = ({ user, fromMs, throughMs }: OneTimer, honestShare: number): Finding => {
    const count = starts[user + 1]! - starts[user]!
    return {
      ...{ detector: oneTimeUsers.name, evidence: oneTimeUsers.evidence, subject: 'user' },
      ...{ id: events.users[user]!, items: [], fromMs, throughMs, score },
      ...{ events: count, expected: honestShare * count },
    }
  }
  const shareOf = ({ users, expected }: Accused): number => expected / Math.max(1, users.length)
  return [
    ...clickers.users
      .filter(({ items }) => isSure || items.length >= 2)
      .map((one) => findingOf(one, shareOf(clickers))),
    ...quiet.users.map((one) => findingOf(one, shareOf(quiet))),
  ]
}
