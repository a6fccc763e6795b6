import { murmur3 } from '../../../math/hash.ts'
import type { ActLog } from './act-log.ts'
import type { PairSlots } from './significant-pairs.ts'

/** Pairs of one relation take 24 bytes each while they are counted. */
const MAX_PAIRS = 5_000_000
/** The newest acts of a user, and the first different items of a session. */
const MAX_USER_ACTS = 1000
const MAX_SESSION_ITEMS = 24

/** Users in the order of their hash: any part of them from the start is a sample. */
function usersByHash({ users }: ActLog): Uint32Array {
  const hashes = Uint32Array.from(users, (user) => murmur3(user, 17))
  return Uint32Array.from(users, (_, user) => user).sort((a, b) => hashes[a]! - hashes[b]! || a - b)
}

/** Places of a user's newest acts that are wanted, in the order of time. */
function actsOf(log: ActLog, user: number, isWanted: (at: number) => boolean): number[] {
  const to = log.offsets[user + 1]!
  const places: number[] = []
  for (let at = Math.max(log.offsets[user]!, to - MAX_USER_ACTS); at < to; at++)
    if (isWanted(at)) places.push(at)
  return places
}

/** Acts in groups: one starts with the first act that is later than `endOf` says of the group before. */
function* groupActs(
  log: ActLog,
  places: readonly number[],
  endOf: (firstMs: number, lastMs: number) => number,
): Generator<number[]> {
  let group: number[] = []
  for (const at of places) {
    if (
      group.length > 0 &&
      log.timesMs[at]! > endOf(log.timesMs[group[0]!]!, log.timesMs[group.at(-1)!]!)
    ) {
      yield group
      group = []
    }
    group.push(at)
  }
  if (group.length > 0) yield group
}
/** A session ends when nothing happens for a time. */
const sessionsOf = (log: ActLog, places: readonly number[], sessionMs: number) =>
  groupActs(log, places, (_, lastMs) => lastMs + sessionMs)

/** The first different items of some acts. */
const itemsOf = ({ item }: ActLog, places: readonly number[]): number[] =>
  [...new Set(places.map((at) => item[at]!))].slice(0, MAX_SESSION_ITEMS)

/** Rows of the incidence and the pairs that users make, as they are collected. */
class SlotWriter {
  readonly offsets = [0]
  readonly columns: number[] = []
  readonly first: number[] = []
  readonly second: number[] = []
  readonly userOffsets = [0]

  /** A row with these columns. Returns the number of its first slot. */
  row(columns: readonly number[]): number {
    const from = this.columns.length
    for (const column of columns) this.columns.push(column)
    this.offsets.push(this.columns.length)
    return from
  }

  /** A pair of two numbers: slots or others. */
  pair(first: number, second: number): void {
    this.first.push(first)
    this.second.push(second)
  }

  /** Calls `visit` with each user, in the order of their hashes, until the pairs are too many. */
  visitUsers(log: ActLog, visit: (user: number) => void): void {
    for (const user of usersByHash(log)) {
      if (this.first.length >= MAX_PAIRS) return
      visit(user)
      this.userOffsets.push(this.first.length)
    }
  }

  slots(log: ActLog, shape: Pick<PairSlots, 'firsts' | 'isSymmetric' | 'codeOf'>): PairSlots {
    return {
      incidence: {
        offsets: Uint32Array.from(this.offsets),
        columns: Uint32Array.from(this.columns),
      },
      userOffsets: Uint32Array.from(this.userOffsets),
      ...{ columns: log.items.length, seconds: log.items.length, ...shape },
    }
  }
}

/** All pairs of a row's slots, the lesser item first. */
function pairsWithin(log: ActLog, rowsOf: (user: number) => Iterable<number[]>): PairSlots {
  const writer = new SlotWriter()
  writer.visitUsers(log, (user) => {
    for (const places of rowsOf(user)) {
      const items = itemsOf(log, places)
      if (items.length < 2) continue
      const from = writer.row(items)
      for (let a = 0; a < items.length; a++)
        for (let b = a + 1; b < items.length; b++) writer.pair(from + a, from + b)
    }
  })
  const { first, second } = writer
  const firsts = log.items.length
  return writer.slots(log, {
    ...{ firsts, isSymmetric: true },
    codeOf(columns, p) {
      const [x, y] = [columns[first[p]!]!, columns[second[p]!]!]
      return x < y ? x * firsts + y : y * firsts + x
    },
  })
}

/** Items that were viewed in one session. */
export const viewedSlots = (log: ActLog, sessionMs: number): PairSlots =>
  pairsWithin(log, (user) =>
    sessionsOf(
      log,
      actsOf(log, user, (at) => log.isPurchase[at] === 0),
      sessionMs,
    ),
  )

/** A user's purchases in spans of a time, each from its first purchase on. */
const purchaseSpans = (log: ActLog, user: number, withinMs: number) =>
  groupActs(
    log,
    actsOf(log, user, (at) => log.isPurchase[at] === 1),
    (firstMs) => firstMs + withinMs,
  )
/** Items that were bought in one span of time. */
export const boughtSlots = (log: ActLog, withinMs: number): PairSlots =>
  pairsWithin(log, (user) => purchaseSpans(log, user, withinMs))

/**
 * (viewed, bought): items that a user viewed in a session before buying another one. Only views are shuffled. A viewed
 * item that the user bought, too, makes no pair, in the log and in shuffles.
 */
export function viewedThenBoughtSlots(log: ActLog, sessionMs: number): PairSlots {
  const writer = new SlotWriter()
  const items = log.items.length
  const bought: Set<number>[] = []
  const buyer: number[] = []
  writer.visitUsers(log, (user) => {
    const places = actsOf(log, user, () => true)
    bought.push(new Set(places.filter((at) => log.isPurchase[at]).map((at) => log.item[at]!)))
    for (const session of sessionsOf(log, places, sessionMs)) {
      const last = session.findLastIndex((at) => log.isPurchase[at])
      const before = session.slice(0, Math.max(0, last))
      const viewed = itemsOf(
        log,
        before.filter((at) => !log.isPurchase[at]),
      )
      if (viewed.length === 0) continue
      const from = writer.row(viewed)
      for (const item of itemsOf(
        log,
        session.filter((at) => log.isPurchase[at]),
      ))
        for (let slot = from; slot < from + viewed.length; slot++) writer.pair(slot, item)
    }
    while (buyer.length < writer.first.length) buyer.push(bought.length - 1)
  })
  const { first, second } = writer
  return writer.slots(log, {
    ...{ firsts: items, isSymmetric: false },
    codeOf(columns, p) {
      const viewed = columns[first[p]!]!
      return bought[buyer[p]!]!.has(viewed) ? -1 : viewed * items + second[p]!
    },
  })
}

/** (query, item): items that a user viewed or bought in a session by a query. */
export function queriedSlots(log: ActLog, sessionMs: number): PairSlots {
  const writer = new SlotWriter()
  const items = log.items.length
  writer.visitUsers(log, (user) => {
    const places = actsOf(log, user, (at) => log.query[at]! > 0)
    for (const session of sessionsOf(log, places, sessionMs))
      for (const query of new Set(session.map((at) => log.query[at]! - 1))) {
        const own = itemsOf(
          log,
          session.filter((at) => log.query[at] === query + 1),
        )
        const from = writer.row(own)
        for (let slot = from; slot < from + own.length; slot++) writer.pair(query, slot)
      }
  })
  const { first, second } = writer
  return writer.slots(log, {
    ...{ firsts: log.queries.length, isSymmetric: false },
    codeOf: (columns, p) => first[p]! * items + columns[second[p]!]!,
  })
}

/** How many users bought one of two items first, and how many the other. Within a session, neither is first. */
export interface Order {
  firstBefore: number
  secondBefore: number
}

/** The order of purchases in pairs of items, by `first · items + second`. A user counts by the first span with both. */
export function purchaseOrders(
  log: ActLog,
  pairs: readonly { first: number; second: number }[],
  { sessionMs, withinMs }: { sessionMs: number; withinMs: number },
): Map<number, Order> {
  const codeOf = (first: number, second: number): number => first * log.items.length + second
  const orders = new Map(
    pairs.map(({ first, second }) => [codeOf(first, second), { firstBefore: 0, secondBefore: 0 }]),
  )
  for (let user = 0; user < log.users.length; user++) {
    const seen = new Set<number>()
    for (const span of purchaseSpans(log, user, withinMs)) {
      const firstMs = new Map<number, number>()
      for (const at of span.toReversed()) firstMs.set(log.item[at]!, log.timesMs[at]!)
      const items = itemsOf(log, span)
      for (const [n, a] of items.entries())
        for (const b of items.slice(n + 1)) {
          const code = codeOf(Math.min(a, b), Math.max(a, b))
          const order = orders.get(code)
          if (!order || seen.has(code)) continue
          seen.add(code)
          if (firstMs.get(b)! - firstMs.get(a)! > sessionMs)
            order[a < b ? 'firstBefore' : 'secondBefore']++
        }
    }
  }
  return orders
}
