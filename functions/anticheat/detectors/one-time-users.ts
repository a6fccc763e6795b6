import { HOUR_MS } from '../../contract/time.ts'
import type { Finding } from '../../contract/verdicts.ts'
import { binomialUpperTail } from '../../math/binomial.ts'
import { dispersionOf } from '../../math/dispersion.ts'
import { logNegativeBinomialTail } from '../../math/negative-binomial.ts'
import { placesByUser, scan } from '../bad-window.ts'
import { LOG_FALSE_RUNS } from '../bound.ts'
import { joinItems } from '../campaigns.ts'
import type { ScreenedEvents } from '../events.ts'
import { screenRepeats } from '../repeat-screening.ts'
import type { RepeatModel } from '../repeated-clicks.ts'

/** A user with clicks, all within one session. */
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

function findOneTimers(events: ScreenedEvents, { pairs, clicks }: RepeatModel): OneTimer[] {
  const { starts, places } = placesByUser(events)
  return events.users.flatMap((_, user) => {
    if (clicks[user] === 0) return []
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

/** Items whose clickers came once more often than users do, with ln of the corrected chance. */
function findItems({ all, once }: Clickers, usersShare: number): Map<number, number> {
  const sum = (counts: Float64Array): number => counts.reduce((a, b) => a + b, 0)
  const rate = sum(once) / Math.max(1, sum(all))
  const groups = [...all].map((trials, item) => ({ positives: once[item]!, trials, rate }))
  const dispersion = dispersionOf(groups)
  const found = new Map<number, number>()
  for (const [item, { positives, trials }] of groups.entries()) {
    const chance = binomialUpperTail(positives / dispersion, trials / dispersion, usersShare)
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
 * clickers of an item come once at most as often as users do (binomial, its counts divided by the measured
 * dispersion; Bonferroni over items), and the further clicks of one who came once fall on items by their
 * shares, so that two such items rarely share users (a viral item has no second one). Accused are those that
 * came in the group's stretch of time and clicked nothing else. If too many of them can be honest,
 * only those with two of its items are accused. O(events).
 */
export const oneTimeUsers = {
  name: 'one-time-users',
  evidence: 'volume',
  reason: 'Many users come once and click the same few items.',
  detect(events: ScreenedEvents): Finding[] {
    const { model } = screenRepeats(events)
    const oneTimers = findOneTimers(events, model).sort((a, b) => a.fromMs - b.fromMs)
    const users = model.clicks.reduce((sum, n) => sum + (n > 0 ? 1 : 0), 0)
    const clickers = countClickers(model, oneTimers)
    const found = findItems(clickers, oneTimers.length / Math.max(1, users))
    const isFound = (item: number): boolean => found.has(item)
    return groupItems(oneTimers, isFound, model.share).flatMap((group) =>
      accuse(events, { group: new Set(group), oneTimers, clickers, found }),
    )
  },
} as const

interface Case {
  group: ReadonlySet<number>
  oneTimers: readonly OneTimer[]
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

function accuse(events: ScreenedEvents, { group, oneTimers, clickers, found }: Case): Finding[] {
  const isIn = ({ items }: OneTimer): boolean => items.every((item) => group.has(item))
  const rate = ordinaryRate(clickers, found)
  const honest = [...group].reduce(
    (sum, item) => sum + ((clickers.all[item]! - clickers.once[item]!) * rate) / (1 - rate),
    0,
  )
  const stretch = scan(
    oneTimers.map((one) => ({ ...one, isBad: isIn(one) })),
    Math.min(0.5, Math.max(1e-4, honest / oneTimers.length)),
  )
  const accused = oneTimers.slice(stretch.from, stretch.to + 1).filter(isIn)
  const expected = (honest * (stretch.to - stretch.from + 1)) / oneTimers.length
  const least = expected <= MAX_HONEST_SHARE * accused.length ? 1 : 2
  const score = -Math.min(...[...group].map((item) => found.get(item)!)) / Math.LN10
  const { starts } = placesByUser(events)
  return accused
    .filter(({ items }) => items.length >= least)
    .map(({ user, fromMs, throughMs }) => ({
      ...{ detector: oneTimeUsers.name, evidence: oneTimeUsers.evidence, subject: 'user' as const },
      ...{ id: events.users[user]!, items: [], fromMs, throughMs, score },
      events: starts[user + 1]! - starts[user]!,
      expected: expected / Math.max(1, accused.length),
    }))
}
