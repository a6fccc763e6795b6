import { createCodes } from '../../../core/codes.ts'

/** What a user did with an item: a kept event behind verdicts. */
export interface Act {
  user: string
  item: string
  timeMs: number
  kind: 'view' | 'purchase'
  /** The query that the item was found with. */
  query?: string | null
}

/**
 * Acts by user, each user's in the order of time, in columns of numbers. Items and queries are numbered in
 * code-unit order of their ids. The same acts in any order give the same log.
 */
export interface ActLog {
  /** In code-unit order. They never leave the room. */
  users: readonly string[]
  items: readonly string[]
  queries: readonly string[]
  /** Acts of user u are those from offsets[u] to offsets[u + 1]. */
  offsets: Uint32Array
  item: Uint32Array
  timesMs: Float64Array
  isPurchase: Uint8Array
  /** The number of the query, and one more; 0: none. */
  query: Uint32Array
}

/** Code-unit order of numbered texts, and the place of each number in it. */
function ranked(texts: readonly string[]): { sorted: string[]; rankOf: Uint32Array } {
  const order = Uint32Array.from(texts, (_, code) => code).sort((a, b) =>
    texts[a]! < texts[b]! ? -1 : 1,
  )
  const rankOf = new Uint32Array(texts.length)
  for (const [rank, code] of order.entries()) rankOf[code] = rank
  return { sorted: Array.from(order, (code) => texts[code]!), rankOf }
}

/** Memory: 60 bytes an act, and each id once. */
export function actLog(acts: Iterable<Act>): ActLog {
  const [userCodes, itemCodes, queryCodes] = [createCodes(), createCodes(), createCodes()]
  const [user, item, times, purchase, query]: number[][] = [[], [], [], [], []]
  for (const act of acts) {
    user!.push(userCodes.codeOf(act.user))
    item!.push(itemCodes.codeOf(act.item))
    times!.push(act.timeMs)
    purchase!.push(act.kind === 'purchase' ? 1 : 0)
    query!.push(act.query ? queryCodes.codeOf(act.query) + 1 : 0)
  }
  const [users, items, queries] = [userCodes, itemCodes, queryCodes].map(({ texts }) =>
    ranked(texts),
  ) as [ReturnType<typeof ranked>, ReturnType<typeof ranked>, ReturnType<typeof ranked>]
  const offsets = new Uint32Array(users.sorted.length + 1)
  for (const code of user!) offsets[users.rankOf[code]! + 1]!++
  for (let u = 1; u < offsets.length; u++) offsets[u]! += offsets[u - 1]!
  const next = offsets.slice()
  const places = new Uint32Array(user!.length)
  for (const [at, code] of user!.entries()) places[next[users.rankOf[code]!]!++] = at
  const itemAt = (at: number): number => items.rankOf[item![at]!]!
  const queryAt = (at: number): number =>
    query![at] === 0 ? 0 : queries.rankOf[query![at]! - 1]! + 1
  const compare = (a: number, b: number): number =>
    times![a]! - times![b]! ||
    itemAt(a) - itemAt(b) ||
    purchase![a]! - purchase![b]! ||
    queryAt(a) - queryAt(b)
  for (let u = 0; u + 1 < offsets.length; u++)
    places.subarray(offsets[u], offsets[u + 1]).sort(compare)
  return {
    ...{ users: users.sorted, items: items.sorted, queries: queries.sorted, offsets },
    item: places.map(itemAt),
    timesMs: Float64Array.from(places, (at) => times![at]!),
    isPurchase: Uint8Array.from(places, (at) => purchase![at]!),
    query: places.map(queryAt),
  }
}
