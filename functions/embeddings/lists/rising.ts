import { DAY_MS } from '../../contract/time.ts'
import { type Rate, rateRatio } from '../../math/rate-ratio.ts'
import type { Interactions } from '../recommend/interactions.ts'
import { type ListShape, type RecallList, rankList } from './list.ts'

const WEEK_MS = 7 * DAY_MS

/** Different users of each item in a half-open interval, and their sum. */
function countUsers(
  { users, items, offsets, targets, timesMs }: Interactions,
  fromMs: number,
  throughMs: number,
): { counts: Float64Array; total: number } {
  const counts = new Float64Array(items.length)
  const lastUser = new Uint32Array(items.length)
  let total = 0
  for (let user = 0; user < users.length; user++)
    for (let e = offsets[user]!; e < offsets[user + 1]!; e++) {
      const item = targets[e]!
      if (timesMs[e]! < fromMs || timesMs[e]! >= throughMs || lastUser[item] === user + 1) continue
      lastUser[item] = user + 1
      counts[item]!++
      total++
    }
  return { counts, total }
}

/**
 * Items whose share of users in the last 24 hours is greater than in the week before, the surest first. The
 * score is the logarithm of the lower end of the 95 % interval of the ratio, with half a user added to each
 * count (Haldane 1956), so few users make a low score: above 0, the rise is significant. Shares, not counts:
 * a busy day does not make everything rise. An item of one user does not rise.
 */
export function risingItems(
  interactions: Interactions,
  throughMs: number,
  shape: ListShape,
): RecallList {
  const day = countUsers(interactions, throughMs - DAY_MS, throughMs)
  const week = countUsers(interactions, throughMs - DAY_MS - WEEK_MS, throughMs - DAY_MS)
  const rate = ({ counts, total }: typeof day, item: number): Rate => ({
    count: counts[item]! + 0.5,
    of: total + 1,
  })
  const scores = day.counts.map((count, item) => {
    const ratio = count > 1 ? rateRatio(rate(day, item), rate(week, item)) : null
    return ratio !== null && ratio.value > 1 ? Math.log(ratio.low) : Number.NEGATIVE_INFINITY
  })
  return rankList(scores, interactions.items, shape)
}
