import type { SampleRow } from '../contract/rows.ts'
import type { Feature } from '../contract/scene.ts'
import type { Ranking } from '../contract/scores.ts'
import { unitInterval } from '../math/hash.ts'
import type { Learner } from './model.ts'
import type { TrainingRows } from './rows.ts'
import type { Vectorizer } from './vectorize.ts'

/** Scored pairs of a user and an item. They take at most ten seconds, for a log of any size. */
const MAX_PAIRS = 2 ** 20
const MAX_USERS = 2000
/** With more items the ranking of a user takes too long, and the rows take too much memory. */
const MAX_ITEMS = 2 ** 16
const TOP = 10

type Cells = Record<`f_${string}`, string | number | null>
type Seen = Pick<SampleRow, 'timeMs' | 'sample' | 'user' | 'item' | 'label'> & Cells

interface User {
  hash: number
  last: Seen
  /** All items for which the user had the outcome. */
  items: Set<string>
}

/** The input of a ranking: users with their last positive, and all items. */
export interface RankingCases {
  users: readonly User[]
  items: readonly { id: string; cells: Cells; positives: number }[]
}

const isLater = (a: Seen, b: Seen): boolean =>
  a.timeMs > b.timeMs || (a.timeMs === b.timeMs && a.sample > b.sample)

const isOfItem = (source: string): boolean => source === 'item' || source.startsWith('item.')

/** Whether a feature's cell is the same for every user and request. */
function dependsOnItem(feature: Feature, features: readonly Feature[]): boolean {
  switch (feature.kind) {
    case 'category':
    case 'number':
    case 'age':
      return isOfItem(feature.of)
    case 'text-match':
      return isOfItem(feature.query) && isOfItem(feature.text)
    case 'content-match':
      return isOfItem(feature.query)
    case 'relative':
      return features
        .filter(({ name }) => name === feature.of || name === feature.to)
        .every((part) => dependsOnItem(part, features))
    case 'cross':
    case 'slate':
    case 'space-score':
    case 'graph-link':
    case 'graph-distance':
      return false
    case 'affinity':
    case 'frequency':
      return isOfItem(feature.of) && feature.entity.split('+').every(isOfItem)
    default:
      return feature.entity.split('+').every(isOfItem)
  }
}

/**
 * Collects the input of a ranking from samples in any order. It takes the users with the smallest
 * hashes among those who had the outcome for at least two items. The newest sample of an item gives its
 * features. Memory: one row for each item and user, at most MAX_ITEMS and twice MAX_USERS.
 */
export function collectCases(features: readonly Feature[], seed: number) {
  const names = features
    .filter((feature) => dependsOnItem(feature, features))
    .map(({ name }) => `f_${name}` as const)
  const users = new Map<string, User>()
  const items = new Map<string, Seen>()
  const positives = new Map<string, number>()
  let threshold = 1

  /** A dropped user never comes back, because the threshold only falls. */
  function dropUsers(): void {
    const hashes = [...users.values()].map(({ hash }) => hash).sort((a, b) => a - b)
    threshold = hashes[MAX_USERS]!
    for (const [name, { hash }] of users) if (hash >= threshold) users.delete(name)
  }
  function seePositive(row: Seen): void {
    positives.set(row.item, (positives.get(row.item) ?? 0) + 1)
    const hash = unitInterval(row.user, seed)
    if (hash >= threshold) return
    const user = users.get(row.user) ?? { hash, last: row, items: new Set() }
    users.set(row.user, user)
    user.items.add(row.item)
    if (isLater(row, user.last)) user.last = row
    if (users.size > 2 * MAX_USERS) dropUsers()
  }
  return {
    see(row: SampleRow): void {
      const newest = items.get(row.item)
      const isKept = newest ? isLater(row as Seen, newest) : items.size <= MAX_ITEMS
      if (isKept) items.set(row.item, row as Seen)
      if (row.label === 1) seePositive(row as Seen)
    },
    /** Null: there is no user to rank for, or there are too many items to rank in time. */
    cases(): RankingCases | null {
      if (items.size > MAX_ITEMS) return null
      const ranked = [...users.values()]
        .filter((user) => user.items.size > 1)
        .sort((a, b) => a.hash - b.hash || (a.last.user < b.last.user ? -1 : 1))
        .slice(0, Math.min(MAX_USERS, Math.floor(MAX_PAIRS / items.size)))
      if (ranked.length === 0) return null
      // Neither the model nor the popularity knows the last positives.
      for (const { last } of ranked) positives.set(last.item, positives.get(last.item)! - 1)
      return {
        users: ranked,
        items: [...items.keys()].sort().map((id) => ({
          id,
          cells: Object.fromEntries(names.map((name) => [name, items.get(id)![name] ?? null])),
          positives: positives.get(id) ?? 0,
        })),
      }
    },
  }
}

/** 1 for the rows to leave out: the last positive of each user, with the negatives drawn for it. */
export function leftOut({ users }: RankingCases, rows: TrainingRows): Uint8Array {
  const lastMs = new Map(users.map(({ last }) => [last.user, last.timeMs]))
  return Uint8Array.from(rows.users, (user, r) =>
    rows.timesMs[r]! >= (lastMs.get(user) ?? Number.POSITIVE_INFINITY) ? 1 : 0,
  )
}

/** Sums of hits and of discounted gains at ten. */
class AtTen {
  hits = 0
  gain = 0
  /** Adds the `scores` of the candidates. The user chose the one at `target`. Ties share their places. */
  add(scores: ArrayLike<number>, target: number): void {
    let ahead = 0
    let ties = 0
    for (let i = 0; i < scores.length; i++)
      if (scores[i]! > scores[target]!) ahead++
      else if (i !== target && scores[i] === scores[target]) ties++
    // The mean over all orders of the ties.
    for (let place = ahead + 1; place <= Math.min(TOP, ahead + 1 + ties); place++) {
      this.hits += 1 / (ties + 1)
      this.gain += 1 / Math.log2(place + 1) / (ties + 1)
    }
  }
  of(users: number) {
    return { hitRate10: this.hits / users, ndcg10: this.gain / users }
  }
}

/**
 * Hit rate and NDCG at 10 with the last positive of each user left out (He et al. 2017, section 4.1).
 * For each user it ranks all items as of the last positive, without the user's earlier positives, and
 * looks up the place of the last one. It ranks all items and not a sample of them, because a sample can
 * reverse the order of models (Krichene & Rendle 2020). `popularity` has the same metrics for the order
 * by popularity. `learner` has not learned the left-out rows.
 */
export function rankCases(
  { users, items }: RankingCases,
  learner: Pick<Learner, 'logit'>,
  vectorize: Vectorizer,
): Ranking {
  const [learned, popular] = [new AtTen(), new AtTen()]
  const slots: number[] = []
  const values: number[] = []
  for (const { last, items: own } of users) {
    const candidates = items.filter(({ id }) => id === last.item || !own.has(id))
    const scores = candidates.map(({ cells }) => {
      slots.length = 0
      values.length = 0
      vectorize({ ...last, ...cells }, (slot, value) => {
        slots.push(slot)
        values.push(value)
      })
      return learner.logit(Uint32Array.from(slots), Float32Array.from(values), 0, slots.length)
    })
    const target = candidates.findIndex(({ id }) => id === last.item)
    const counts = candidates.map(({ positives }) => positives)
    learned.add(scores, target)
    popular.add(counts, target)
  }
  return {
    users: users.length,
    items: items.length,
    ...learned.of(users.length),
    popularity: popular.of(users.length),
  }
}
