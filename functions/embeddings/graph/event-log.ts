import { DAY_MS } from '../../contract/time.ts'
import { createCodes } from '../../core/codes.ts'
import type { Interactions } from '../recommend/interactions.ts'

/**
 * Positive events as they are read, in columns: 28 bytes each, and each name once. `interactionsOf` needs 20
 * bytes more for each: 10 million positives take half a gigabyte.
 */
export interface EventLog {
  users: ReturnType<typeof createCodes>
  /** Every item with an event, positive or not. */
  items: ReturnType<typeof createCodes>
  drops: ReturnType<typeof createCodes>
  /** By drop. */
  arrivalsMs: number[]
  /** By item: its impressions, and the time of its first event. */
  impressions: number[]
  firstMs: number[]
  /** Positives. */
  length: number
  user: Uint32Array
  item: Uint32Array
  drop: Uint32Array
  row: Uint32Array
  weight: Float32Array
  timeMs: Float64Array
}

const FIRST_CAPACITY = 1024

export const createEventLog = (): EventLog => ({
  ...{ users: createCodes(), items: createCodes(), drops: createCodes() },
  ...{ arrivalsMs: [], impressions: [], firstMs: [], length: 0 },
  user: new Uint32Array(FIRST_CAPACITY),
  item: new Uint32Array(FIRST_CAPACITY),
  drop: new Uint32Array(FIRST_CAPACITY),
  row: new Uint32Array(FIRST_CAPACITY),
  weight: new Float32Array(FIRST_CAPACITY),
  timeMs: new Float64Array(FIRST_CAPACITY),
})

function grow<A extends Uint32Array | Float32Array | Float64Array>(column: A): A {
  const larger = new (column.constructor as new (length: number) => A)(2 * column.length)
  larger.set(column)
  return larger
}

/** One column after the other, so that only one is in memory twice. */
function growColumns(log: EventLog): void {
  for (const name of ['user', 'item', 'drop', 'row'] as const) log[name] = grow(log[name])
  log.weight = grow(log.weight)
  log.timeMs = grow(log.timeMs)
}

/** Notes that an item had an event. Returns its code. */
export function noteItem(log: EventLog, item: string, timeMs: number, impressions: 0 | 1): number {
  const code = log.items.codeOf(item)
  log.impressions[code] = (log.impressions[code] ?? 0) + impressions
  log.firstMs[code] = Math.min(log.firstMs[code] ?? timeMs, timeMs)
  return code
}

/** Where an event stands in the log: its drop, and its row in the drop. */
interface Place {
  drop: string
  arrivalMs: number
  row: number
}

export function addPositive(
  log: EventLog,
  user: string,
  item: number,
  timeMs: number,
  weight: number,
  { drop, arrivalMs, row }: Place,
): void {
  if (log.length === log.user.length) growColumns(log)
  const at = log.length++
  log.user[at] = log.users.codeOf(user)
  log.item[at] = item
  log.drop[at] = log.drops.codeOf(drop)
  log.arrivalsMs[log.drop[at]!] = arrivalMs
  log.row[at] = row
  log.weight[at] = weight
  log.timeMs[at] = timeMs
}

/** The codes in the order of `compare`, and the place of each code in it. */
function ranked(count: number, compare: (a: number, b: number) => number) {
  const order = Uint32Array.from({ length: count }, (_, code) => code).sort(compare)
  const rankOf = new Uint32Array(count)
  for (let rank = 0; rank < count; rank++) rankOf[order[rank]!] = rank
  return { order, rankOf }
}
const byText =
  ({ texts }: { texts: readonly string[] }) =>
  (a: number, b: number): number =>
    texts[a]! < texts[b]! ? -1 : 1

/** The places of all positives by user, each user's in the order of time, then of the log. */
function sortPositives(log: EventLog, userRank: Uint32Array, itemRank: Uint32Array) {
  const { rankOf: dropRank } = ranked(
    log.drops.texts.length,
    (a, b) => log.arrivalsMs[a]! - log.arrivalsMs[b]! || byText(log.drops)(a, b),
  )
  const offsets = new Uint32Array(log.users.texts.length + 1)
  for (let at = 0; at < log.length; at++) offsets[userRank[log.user[at]!]! + 1]!++
  for (let user = 1; user < offsets.length; user++) offsets[user]! += offsets[user - 1]!
  const next = offsets.slice()
  const places = new Uint32Array(log.length)
  for (let at = 0; at < log.length; at++) places[next[userRank[log.user[at]!]!]!++] = at
  const { timeMs, drop, row, item } = log
  const compare = (a: number, b: number): number =>
    timeMs[a]! - timeMs[b]! ||
    dropRank[drop[a]!]! - dropRank[drop[b]!]! ||
    row[a]! - row[b]! ||
    itemRank[item[a]!]! - itemRank[item[b]!]!
  for (let user = 0; user + 1 < offsets.length; user++)
    places.subarray(offsets[user], offsets[user + 1]).sort(compare)
  return { offsets, places }
}

/**
 * What users did, for training: weights are halved for every `halfLifeDays` before `throughMs`. Equal times are in
 * the order of the log: arrival of the drop, the drop's name, the row. The same events in any order give the same
 * result.
 */
export function interactionsOf(
  log: EventLog,
  throughMs: number,
  halfLifeDays: number,
): Interactions {
  const users = ranked(log.users.texts.length, byText(log.users))
  const isPositive = new Uint8Array(log.items.texts.length)
  for (let at = 0; at < log.length; at++) isPositive[log.item[at]!] = 1
  const items = ranked(
    log.items.texts.length,
    // Items without a positive come last, and are left out.
    (a, b) => isPositive[b]! - isPositive[a]! || byText(log.items)(a, b),
  )
  const { offsets, places } = sortPositives(log, users.rankOf, items.rankOf)
  const halfLifeMs = halfLifeDays * DAY_MS
  const decayed = (at: number): number =>
    log.weight[at]! * 2 ** ((log.timeMs[at]! - throughMs) / halfLifeMs)
  return {
    users: Array.from(users.order, (code) => log.users.texts[code]!),
    items: Array.from(items.order, (code) => log.items.texts[code]!).slice(
      0,
      isPositive.reduce((sum, one) => sum + one, 0),
    ),
    offsets,
    targets: places.map((at) => items.rankOf[log.item[at]!]!),
    weights: Float32Array.from(places, decayed),
    timesMs: Float64Array.from(places, (at) => log.timeMs[at]!),
  }
}

/** Every item with an event, ids ascending by code units. */
export interface ItemExposure {
  items: readonly string[]
  impressions: Float64Array
  /** The time of its first event of those that were read. */
  firstMs: Float64Array
}

export function exposureOf(log: EventLog): ItemExposure {
  const { order } = ranked(log.items.texts.length, byText(log.items))
  return {
    items: Array.from(order, (code) => log.items.texts[code]!),
    impressions: Float64Array.from(order, (code) => log.impressions[code]!),
    firstMs: Float64Array.from(order, (code) => log.firstMs[code]!),
  }
}
