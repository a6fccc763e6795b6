import type { CounterRow, EventRow } from '../contract/rows.ts'
import { floorHour } from '../contract/time.ts'

/** Numbers texts from 0 on, in the order of their first use. */
interface Codes {
  codeOf: Map<string, number>
  texts: string[]
}
const createCodes = (): Codes => ({ codeOf: new Map(), texts: [] })
function codeOf({ codeOf: known, texts }: Codes, text: string): number {
  const code = known.get(text)
  if (code !== undefined) return code
  known.set(text, texts.length)
  return texts.push(text) - 1
}
/** The place of each code among the sorted texts, and the codes in that order. */
function rankCodes({ texts }: Codes): { rankOf: Uint32Array; inOrder: string[] } {
  const codes = texts.map((_, code) => code)
  codes.sort((a, b) => (texts[a]! < texts[b]! ? -1 : 1))
  const rankOf = new Uint32Array(codes.length)
  for (const [rank, code] of codes.entries()) rankOf[code] = rank
  return { rankOf, inOrder: codes.map((code) => texts[code]!) }
}

/** Events by the codes of their user, item and bucket. A bucket is an event's name and hour. */
interface Coded {
  user: Uint32Array
  item: Uint32Array
  bucket: Uint32Array
}
export interface Counters {
  users: Codes
  items: Codes
  /** Codes of buckets, by event name and hour. */
  buckets: Map<string, Map<number, number>>
  names: { event: string; hourMs: number }[]
  batches: Coded[]
}
export const createCounters = (): Counters => ({
  users: createCodes(),
  items: createCodes(),
  buckets: new Map(),
  names: [],
  batches: [],
})

function bucketOf({ buckets, names }: Counters, event: string, hourMs: number): number {
  let byHour = buckets.get(event)
  if (!byHour) {
    byHour = new Map()
    buckets.set(event, byHour)
  }
  let code = byHour.get(hourMs)
  if (code === undefined) {
    code = names.push({ event, hourMs }) - 1
    byHour.set(hourMs, code)
  }
  return code
}

/** Adds events. Memory: 12 bytes for each event, and each id once. */
export function addEvents(counters: Counters, rows: readonly EventRow[]): void {
  const { users, items } = counters
  const user = new Uint32Array(rows.length)
  const item = new Uint32Array(rows.length)
  const bucket = new Uint32Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    user[i] = codeOf(users, row.user)
    item[i] = codeOf(items, row.item)
    const event = row.type === 'impression' ? 'impression' : row.outcome!
    bucket[i] = bucketOf(counters, event, floorHour(row.timeMs))
  }
  counters.batches.push({ user, item, bucket })
}

/** The place of each bucket in order of (event, hour), and the buckets in that order. */
function rankBuckets({ names }: Counters) {
  const codes = names.map((_, code) => code)
  codes.sort((a, b) => {
    const [x, y] = [names[a]!, names[b]!]
    return x.event < y.event ? -1 : x.event > y.event ? 1 : x.hourMs - y.hourMs
  })
  const rankOf = new Uint32Array(codes.length)
  for (const [rank, code] of codes.entries()) rankOf[code] = rank
  return { rankOf, inOrder: codes.map((code) => names[code]!) }
}

/** Sorts the events by entity with a counting sort, then the few buckets of each entity. */
function countInto(
  rows: CounterRow[],
  kind: 'user' | 'item',
  counters: Counters,
  buckets: ReturnType<typeof rankBuckets>,
): void {
  const { rankOf, inOrder } = rankCodes(kind === 'user' ? counters.users : counters.items)
  const ends = new Uint32Array(inOrder.length)
  for (const batch of counters.batches) for (const code of batch[kind]) ends[rankOf[code]!]!++
  for (let rank = 1; rank < ends.length; rank++) ends[rank]! += ends[rank - 1]!
  const sorted = new Uint32Array(ends.at(-1) ?? 0)
  const places = ends.slice()
  for (const batch of counters.batches)
    for (let i = 0; i < batch.bucket.length; i++)
      sorted[--places[rankOf[batch[kind][i]!]!]!] = buckets.rankOf[batch.bucket[i]!]!
  for (let rank = 0; rank < ends.length; rank++) {
    const [from, end] = [places[rank]!, ends[rank]!]
    if (end - from > 1) sorted.subarray(from, end).sort()
    for (let first = from; first < end; ) {
      let next = first
      while (next < end && sorted[next] === sorted[first]) next++
      const { event, hourMs } = buckets.inOrder[sorted[first]!]!
      rows.push({ kind, id: inOrder[rank]!, event, hourMs, count: next - first })
      first = next
    }
  }
}

/** The counters in order of kind, id, event and hour. */
export function inKeyOrder(counters: Counters): CounterRow[] {
  const buckets = rankBuckets(counters)
  const rows: CounterRow[] = []
  for (const kind of ['item', 'user'] as const) countInto(rows, kind, counters, buckets)
  return rows
}

/** Counts of events by entity (a user or an item), event name and event hour, in key order. */
export function countEvents(rows: readonly EventRow[]): CounterRow[] {
  const counters = createCounters()
  addEvents(counters, rows)
  return inKeyOrder(counters)
}
