import type { EventRow } from '../contract/rows.ts'
import type { Scene } from '../contract/scene.ts'
import { floorHour } from '../contract/time.ts'
import { sha256Hex } from '../core/digest.ts'
import type { Timeline } from '../features/timeline.ts'
import { unitInterval } from '../math/hash.ts'

export type NegativeSampling = NonNullable<Scene['sampling']['negatives']>

/** Draws for one negative before it is given up. Most items may be the user's own. */
const MAX_DRAWS = 50

/** The id of the nth negative of a positive: a hash, like the ids of events. */
export const negativeId = (positive: string, n: number): string =>
  sha256Hex(`${positive}\nnegative ${n}`).slice(0, 32)

/** Items that were available at an hour, and the running sums of their weights. */
interface Candidates {
  items: readonly string[]
  sums: Float64Array
}

/**
 * Items that had a count or were in the catalogue before an hour, weighted by popularity. The exponent
 * follows Mikolov et al. 2013, "Distributed Representations of Words and Phrases", section 2.2. The
 * candidates of each hour are cached. Memory: 8 bytes for each item and hour.
 */
export function openCandidates(
  values: Pick<Timeline, 'count' | 'idsOf' | 'items'>,
  event: string,
  { smoothing, windowHours }: NegativeSampling,
): (timeMs: number) => Candidates {
  const catalogue = values.items
  const known = catalogue.ids()
  const all = [...new Set([...values.idsOf('item', event), ...known])].sort()
  const isKnown = new Set(known)
  const byHour = new Map<number, Candidates>()
  return (timeMs) => {
    const hourMs = floorHour(timeMs)
    let found = byHour.get(hourMs)
    if (found) return found
    const items: string[] = []
    const sums: number[] = []
    let sum = 0
    for (const item of all) {
      const count = values.count('item', item, event, hourMs, windowHours, true)
      const isAvailable =
        count > 0 || (isKnown.has(item) && catalogue.attributesOf(item, hourMs) !== null)
      if (!isAvailable) continue
      sum += (count + 1) ** smoothing
      items.push(item)
      sums.push(sum)
    }
    found = { items, sums: Float64Array.from(sums) }
    byHour.set(hourMs, found)
    return found
  }
}

/**
 * How often an item is drawn, relative to a uniform draw. An item that was not available counts as an
 * item with a count of 0.
 */
function rateOf({ items, sums }: Candidates, item: string): number {
  const total = sums.at(-1)
  if (total === undefined) return 1
  const place = firstPlace(items.length, (n) => items[n]! >= item)
  const weight = items[place] === item ? sums[place]! - (sums[place - 1] ?? 0) : 1
  return (weight * items.length) / total
}

/** The first place for which `isReached` is true, by binary search, or else the last place. */
function firstPlace(length: number, isReached: (place: number) => boolean): number {
  let low = 0
  let high = length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (isReached(middle)) high = middle
    else low = middle + 1
  }
  return low
}

/** Items for which each user had the outcome, with the times. */
function indexOwn(
  rows: readonly EventRow[],
): ReadonlyMap<string, { item: string; timeMs: number }[]> {
  const byUser = new Map<string, { item: string; timeMs: number }[]>()
  for (const { user, item, timeMs } of rows) {
    const own = byUser.get(user)
    if (own) own.push({ item, timeMs })
    else byUser.set(user, [{ item, timeMs }])
  }
  return byUser
}

/** An item of a sample, and how often it is drawn as a negative, relative to a uniform draw. */
interface DrawnItem {
  item: string
  rate: number
}
export interface Draw {
  positive: DrawnItem
  negatives: DrawnItem[]
}

/**
 * Draws negatives for a positive: distinct items that were available before it, by popularity. It never
 * draws an item for which the user had the outcome within `windowMs` of the positive. `positives` are
 * all known positives of these users. Draws use a hash of the id, so a positive gets the same negatives
 * in every run. There are fewer negatives if too few items are left. Each has the rate at which it is
 * drawn, and training corrects for this rate. Otherwise a model learns that popular items are not
 * chosen.
 */
export function openNegatives(
  candidatesAt: (timeMs: number) => Candidates,
  positives: readonly EventRow[],
  windowMs: number,
  { perPositive }: NegativeSampling,
  seed: number,
): (positive: EventRow) => Draw {
  const own = indexOwn(positives)
  return ({ event, user, item, timeMs }) => {
    const candidates = candidatesAt(timeMs)
    const { items, sums } = candidates
    const drawnItem = (name: string): DrawnItem => ({ item: name, rate: rateOf(candidates, name) })
    const taken = new Set([item])
    for (const one of own.get(user) ?? [])
      if (Math.abs(one.timeMs - timeMs) <= windowMs) taken.add(one.item)
    const drawn: DrawnItem[] = []
    const total = sums.at(-1) ?? 0
    for (let n = 0; n < perPositive * MAX_DRAWS && total > 0; n++) {
      const target = total * unitInterval(`${event}\n${n}`, seed)
      const candidate = items[firstPlace(sums.length, (place) => sums[place]! > target)]!
      if (taken.has(candidate)) continue
      taken.add(candidate)
      drawn.push(drawnItem(candidate))
      if (drawn.length === perPositive) break
    }
    return { positive: drawnItem(item), negatives: drawn }
  }
}
