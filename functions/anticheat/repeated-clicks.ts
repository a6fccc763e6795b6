import { logNegativeBinomialTail } from '../math/negative-binomial.ts'
import { findSmallestChances } from '../math/smallest-chances.ts'
import { LOG_FALSE_RUNS } from './bound.ts'
import { fitSpread, shapeFromMoments } from './spread.ts'
import type { UserItems } from './user-items.ts'

/** A user whose clicks come back to some items far more often than chance. */
export interface Suspect {
  user: number
  /** The items, the one that is hardest to explain first. */
  items: readonly number[]
  /** ln of the chance of such a user among all users. */
  logChance: number
}

/** How often users click the same item again, by chance. */
export interface RepeatModel {
  pairs: UserItems
  /** By user: clicks. */
  clicks: Float64Array
  /** By item: its share of all clickers, without the suspects. */
  share: Float64Array
  /** By item: the clickers that the share is made of, and one more. */
  voices: Float64Array
  /** The shape of the gamma factor by which the expected clicks of a user on an item vary. */
  shape: number
}

export function clicksByUser({ starts, clicks }: UserItems): Float64Array {
  return Float64Array.from({ length: starts.length - 1 }, (_, user) => {
    let sum = 0
    for (let row = starts[user]!; row < starts[user + 1]!; row++) sum += clicks[row]!
    return sum
  })
}

/** Each user is one voice on an item, and each item has one voice more than it got. */
function countVoices(
  { starts, item, clicks }: UserItems,
  items: number,
  isSuspect: (user: number) => boolean,
): Float64Array {
  const voices = new Float64Array(items).fill(1)
  for (let user = 0; user < starts.length - 1; user++)
    if (!isSuspect(user))
      for (let row = starts[user]!; row < starts[user + 1]!; row++)
        if (clicks[row]! > 0) voices[item[row]!]!++
  return voices
}

/**
 * The shape, from the number of users with an item that they clicked twice, and three times. Given a
 * user's n clicks, chance alone expects n(n − 1)/2 × Σ share² pairs on the same item, and
 * n(n − 1)(n − 2)/6 × Σ share³ triples.
 */
function fitShape(
  { starts, clicks: counts }: UserItems,
  clicks: Float64Array,
  share: Float64Array,
  isSuspect: (user: number) => boolean,
): number {
  const squares = share.reduce((sum, s) => sum + s * s, 0)
  const cubes = share.reduce((sum, s) => sum + s * s * s, 0)
  const pairs: number[] = []
  const triples: number[] = []
  let withPair = 0
  let withTriple = 0
  clicks.forEach((n, user) => {
    if (n < 2 || isSuspect(user)) return
    pairs.push(((n * (n - 1)) / 2) * squares)
    triples.push(((n * (n - 1) * (n - 2)) / 6) * cubes)
    const most = counts.subarray(starts[user]!, starts[user + 1]!).reduce((a, b) => Math.max(a, b))
    if (most >= 2) withPair++
    if (most >= 3) withTriple++
  })
  return shapeFromMoments(fitSpread(pairs, withPair), fitSpread(triples, withTriple))
}

/** Fits the null model to the users that are no suspects. */
export function fitRepeats(
  pairs: UserItems,
  clicks: Float64Array,
  items: number,
  isSuspect: (user: number) => boolean,
): RepeatModel {
  const voices = countVoices(pairs, items, isSuspect)
  const sum = voices.reduce((a, b) => a + b, 0)
  const share = voices.map((count) => count / sum)
  return { pairs, clicks, share, voices, shape: fitShape(pairs, clicks, share, isSuspect) }
}

function testUser(user: number, { pairs, clicks, share, shape }: RepeatModel): Suspect | null {
  const chances: { item: number; logChance: number }[] = []
  let clicked = 0
  for (let row = pairs.starts[user]!; row < pairs.starts[user + 1]!; row++) {
    if (pairs.clicks[row]! > 0) clicked++
    if (pairs.clicks[row]! < 2) continue
    const item = pairs.item[row]!
    const mean = clicks[user]! * share[item]!
    const logChance =
      logNegativeBinomialTail(pairs.clicks[row]!, mean, shape) -
      logNegativeBinomialTail(1, mean, shape)
    chances.push({ item, logChance })
  }
  chances.sort((a, b) => a.logChance - b.logChance || a.item - b.item)
  const { size, logChance } = findSmallestChances(
    chances.map((chance) => chance.logChance),
    clicked,
  )
  return size === 0
    ? null
    : { user, items: chances.slice(0, size).map(({ item }) => item), logChance }
}

/** Users that can have an item twice. */
export const countTested = (clicks: Float64Array): number =>
  clicks.reduce((sum, n) => sum + (n >= 2 ? 1 : 0), 0)

/**
 * Null model: a user's n clicks fall on items as all users' clicks do, times a gamma factor for each pair of a user
 * and an item (taste, and what the app shows to the user). The factor's shape is measured. So the clicks
 * on an item that the user clicked at all are a zero-truncated negative binomial count. A user's smallest
 * chances are joined by Fisher's method over all subsets of the user's clicked items; Bonferroni over
 * users. O(pairs).
 */
export function findFocused(model: RepeatModel): Map<number, Suspect> {
  const logTests = Math.log(countTested(model.clicks))
  const found = new Map<number, Suspect>()
  for (let user = 0; user < model.clicks.length; user++) {
    const suspect = model.clicks[user]! >= 2 ? testUser(user, model) : null
    if (suspect && suspect.logChance + logTests <= LOG_FALSE_RUNS)
      found.set(user, { ...suspect, logChance: suspect.logChance + logTests })
  }
  return found
}
