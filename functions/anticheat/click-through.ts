import { logNegativeBinomialTail } from '../math/negative-binomial.ts'
import { findSmallestChances } from '../math/smallest-chances.ts'
import type { Accusation } from './bad-window.ts'
import { LOG_FALSE_RUNS } from './bound.ts'
import type { ScreenedEvents } from './events.ts'
import { expectedClicks, screenRepeats } from './repeat-screening.ts'
import { fitSpread, shapeFromMoments } from './spread.ts'
import type { UserItems } from './user-items.ts'

/** Pairs of a user and an item with the clicks that are expected of what was shown. */
interface ShownClicks {
  pairs: UserItems
  /** By pair: the sum of the click probabilities of its impressions. */
  expected: Float64Array
  /** The shape of the gamma factor of a pair: a user's taste for an item. */
  shape: number
}

function sumByPair(
  events: ScreenedEvents,
  { item, rowOf }: UserItems,
  probability: Float32Array,
): Float64Array {
  const sums = new Float64Array(item.length)
  for (let place = 0; place < events.length; place++)
    if (events.outcome[place]! < 0) sums[rowOf[place]!]! += probability[place]!
  return sums
}

/**
 * The shape, from the numbers of users with two and three clicks on an item. Of a pair's n impressions with
 * e expected clicks, chance alone expects e²(n − 1)/2n pairs of clicks, and e³(n − 1)(n − 2)/6n² triples.
 */
function fitTaste(pairs: UserItems, expected: Float64Array, leftOut: Uint8Array): number {
  const twice: number[] = []
  const thrice: number[] = []
  let withTwo = 0
  let withThree = 0
  for (let user = 0; user < leftOut.length; user++) {
    if (leftOut[user]) continue
    let [two, three, most] = [0, 0, 0]
    for (let row = pairs.starts[user]!; row < pairs.starts[user + 1]!; row++) {
      const n = pairs.shown[row]!
      const e = expected[row]!
      two += (e ** 2 * (n - 1)) / (2 * n)
      three += (e ** 3 * (n - 1) * (n - 2)) / (6 * n * n)
      most = Math.max(most, pairs.clicks[row]!)
    }
    if (two === 0) continue
    twice.push(two)
    thrice.push(three)
    if (most >= 2) withTwo++
    if (most >= 3) withThree++
  }
  return shapeFromMoments(fitSpread(twice, withTwo), fitSpread(thrice, withThree))
}

/** The items that one user clicks too often for what was shown, and ln of the chance. */
function testUser(user: number, { pairs, expected, shape }: ShownClicks): Accusation | null {
  const chances: { row: number; logChance: number }[] = []
  let tests = 0
  for (let row = pairs.starts[user]!; row < pairs.starts[user + 1]!; row++) {
    if (pairs.shown[row]! < 2) continue
    tests++
    if (pairs.clicks[row]! < 2) continue
    const logChance = logNegativeBinomialTail(pairs.clicks[row]!, expected[row]!, shape)
    chances.push({ row, logChance })
  }
  chances.sort((a, b) => a.logChance - b.logChance || a.row - b.row)
  const { size, logChance } = findSmallestChances(
    chances.map((chance) => chance.logChance),
    tests,
  )
  if (size === 0) return null
  const rows = chances.slice(0, size).map(({ row }) => row)
  return {
    user,
    items: rows.map((row) => pairs.item[row]!),
    logChance,
    expected: rows.reduce((sum, row) => sum + expected[row]!, 0),
  }
}

/**
 * Null model: the clicks of a user on an item that it saw at least twice are as many as position, appeal
 * to the rest and the user's own rate expect of its impressions, times a gamma factor of taste whose shape is
 * measured (negative binomial). A user's smallest chances are joined by Fisher's method over all subsets
 * of such items; Bonferroni over users. O(events).
 */
export function findClickThrough(events: ScreenedEvents): Accusation[] {
  const { model, leftOut } = screenRepeats(events)
  const { pairs } = model
  const expected = sumByPair(events, pairs, expectedClicks(events).probability)
  const shape = fitTaste(pairs, expected, leftOut)
  const tested = new Uint8Array(leftOut.length)
  for (let user = 0; user < leftOut.length; user++)
    for (let row = pairs.starts[user]!; row < pairs.starts[user + 1]!; row++)
      if (pairs.shown[row]! >= 2) tested[user] = 1
  const logTests = Math.log(
    Math.max(
      1,
      tested.reduce((a, b) => a + b, 0),
    ),
  )
  return [...tested.keys()].flatMap((user) => {
    const found = tested[user] ? testUser(user, { pairs, expected, shape }) : null
    return found && found.logChance + logTests <= LOG_FALSE_RUNS
      ? [{ ...found, logChance: found.logChance + logTests }]
      : []
  })
}
