import { DAY_MS, HOUR_MS } from '../../contract/time.ts'
import type { ItemExposure } from '../graph/event-log.ts'
import type { Interactions } from '../recommend/interactions.ts'
import { type ListShape, type RecallList, rankList } from './list.ts'

/** Items are at least so old where hours stand for impressions. */
const MIN_AGE_HOURS = 1

/** Different users of each item, by its id. */
function countUsers({ users, items, offsets, targets }: Interactions): Map<string, number> {
  const counts = new Float64Array(items.length)
  const lastUser = new Uint32Array(items.length)
  for (let user = 0; user < users.length; user++)
    for (let e = offsets[user]!; e < offsets[user + 1]!; e++) {
      const item = targets[e]!
      if (lastUser[item] !== user + 1) counts[item]!++
      lastUser[item] = user + 1
    }
  return new Map(items.map((id, item) => [id, counts[item]!]))
}

/**
 * Items whose first event is less than `newDays` before `throughMs`, ranked by their rate: different users by
 * impressions, or by hours since the first event where no new item has an impression. `shape.categories` is in
 * the order of the items of `exposure`.
 *
 * The rate is the mean of a gamma distribution (Gelman et al. 2013, "Bayesian Data Analysis", section 2.6) whose
 * prior has the rate of all new items and the weight of the average new item's exposure. So an item that was
 * shown twice and chosen once has no great rate, and an item that no user chose yet is near the average.
 */
export function newItems(
  interactions: Interactions,
  { items, impressions, firstMs }: ItemExposure,
  { throughMs, newDays }: { throughMs: number; newDays: number },
  shape: ListShape,
): RecallList {
  const counts = countUsers(interactions)
  const isNew = firstMs.map((first) => (first > throughMs - newDays * DAY_MS ? 1 : 0))
  const sumOfNew = (values: Float64Array): number =>
    values.reduce((sum, value, item) => sum + value * isNew[item]!, 0)
  const users = Float64Array.from(items, (id) => counts.get(id) ?? 0)
  const exposed =
    sumOfNew(impressions) > 0
      ? impressions.map((shown, item) => Math.max(shown, users[item]!))
      : firstMs.map((first) => Math.max(MIN_AGE_HOURS, (throughMs - first) / HOUR_MS))
  const priorExposure = sumOfNew(exposed) / sumOfNew(isNew)
  const rate = sumOfNew(users) / sumOfNew(exposed)
  const scores = users.map((count, item) =>
    isNew[item] === 1
      ? (count + rate * priorExposure) / (exposed[item]! + priorExposure)
      : Number.NEGATIVE_INFINITY,
  )
  return rankList(scores, items, shape)
}
