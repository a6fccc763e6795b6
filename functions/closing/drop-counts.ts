import type { DropCounts } from '../contract/accounts.ts'
import type { EventRow } from '../contract/rows.ts'
import { createCodes } from '../core/codes.ts'
import { PairCodes } from '../math/pair-codes.ts'

/** An hour may have thousands of small drops. The account keeps the largest. */
const MAX_DROPS = 200

const order = (a: string, b: string): number => (a < b ? -1 : 1)

/**
 * Counts kept events by drop. `own` are the impressions of a drop with an outcome in the same drop, so that a drop
 * of late outcomes does not look like a drop of many clicks. The rows are in order of time. Returns the
 * largest drops, by name.
 */
export function countDrops(rows: readonly EventRow[]): Record<string, DropCounts> {
  const drops = new Map<string, DropCounts>()
  const [users, requests, items] = [createCodes(), createCodes(), createCodes()]
  const [visits, shown] = [new PairCodes(), new PairCodes()]
  /** The drop of an impression, by number. */
  const shownIn: string[] = []
  /** Impressions that have an outcome of a name. */
  const done = new Map<string, Set<number>>()
  for (const { drop, type, user, item, request, outcome } of rows) {
    let counts = drops.get(drop)
    if (!counts) {
      counts = { impressions: 0, outcomes: {}, own: {} }
      drops.set(drop, counts)
    }
    const visit = visits.codeOf(users.codeOf(user), requests.codeOf(request ?? ''))
    if (type === 'impression') {
      counts.impressions++
      shownIn[shown.codeOf(visit, items.codeOf(item))] = drop
      continue
    }
    const name = outcome!
    counts.outcomes[name] = (counts.outcomes[name] ?? 0) + 1
    const id = shown.find(visit, items.codeOf(item))
    const doneBefore = done.get(name) ?? new Set()
    if (id < 0 || shownIn[id] !== drop || doneBefore.has(id)) continue
    done.set(name, doneBefore.add(id))
    counts.own[name] = (counts.own[name] ?? 0) + 1
  }
  const sizeOf = ({ impressions, outcomes }: DropCounts): number =>
    Object.values(outcomes).reduce((sum, count) => sum + count, impressions)
  const largest = [...drops]
    .sort(([a, x], [b, y]) => sizeOf(y) - sizeOf(x) || order(a, b))
    .slice(0, MAX_DROPS)
  return Object.fromEntries(largest.sort(([a], [b]) => order(a, b)))
}

/** Adds the counts of shards and of later closings of an hour. */
export function sumDropCounts(
  all: readonly Readonly<Record<string, DropCounts>>[],
): Record<string, DropCounts> {
  const sums: Record<string, DropCounts> = {}
  const add = (to: Record<string, number>, from: Readonly<Record<string, number>>): void => {
    for (const [name, count] of Object.entries(from)) to[name] = (to[name] ?? 0) + count
  }
  for (const [drop, counts] of all.flatMap(Object.entries<DropCounts>)) {
    sums[drop] ??= { impressions: 0, outcomes: {}, own: {} }
    const sum = sums[drop]
    sum.impressions += counts.impressions
    add(sum.outcomes, counts.outcomes)
    add(sum.own, counts.own)
  }
  return sums
}
