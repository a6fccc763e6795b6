import {
  type ClosingAccount,
  type ClosingHour,
  type ClosingPiece,
  type ExcludedUsers,
  excludedUsersSchema,
  type HourAccount,
} from '../contract/accounts.ts'
import {
  closedExclusionsKey,
  closedKey,
  closingAccountKey,
  countersKey,
  isClosedExclusionsKey,
  parseClosedKey,
} from '../contract/keys.ts'
import { COUNTER_COLUMNS, EVENT_COLUMNS, type EventRow } from '../contract/rows.ts'
import { canonicalJson } from '../core/digest.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { writeParquet } from '../core/parquet.ts'
import { readRows } from '../core/read-rows.ts'
import { countEvents } from './counters.ts'
import { decideDuplicates } from './duplicates.ts'
import { applyRules, type Judged, type JudgedRow } from './rules.ts'

/** What earlier closings of an hour left of it: ids as well, of which no other copy is kept. */
export interface Earlier extends Judged {
  kept: readonly (JudgedRow & { event: string })[]
}
const NOTHING: Earlier = { kept: [], users: {} }
const EARLIER_COLUMNS = ['event', 'type', 'user', 'item', 'request', 'timeMs']

/** Decides one hour. Pure: the rows of its clean files, and what was decided of it before. */
export function closeHour(
  hour: ClosingHour,
  rows: readonly EventRow[],
  earlier: Earlier = NOTHING,
): { kept: EventRow[]; users: ExcludedUsers; account: HourAccount } {
  const alreadyKept = new Set(earlier.kept.map(({ event }) => event))
  const { winners, duplicates } = decideDuplicates(rows, alreadyKept)
  const { kept, excluded, users } = applyRules(winners, earlier)
  return {
    kept,
    users,
    account: {
      hourMs: hour.hourMs,
      lane: hour.lane,
      accepted: rows.length,
      kept: kept.length,
      duplicates,
      excluded,
      files: hour.cleanKeys,
    },
  }
}

async function readEarlier(store: ObjectStore, keys: readonly string[]): Promise<Earlier> {
  const columns = { columns: EARLIER_COLUMNS }
  const closed = keys.filter((key) => parseClosedKey(key) !== null)
  const kept = await readRows<Earlier['kept'][number]>(store, closed, columns)
  const users: ExcludedUsers = {}
  for (const key of keys.filter(isClosedExclusionsKey))
    for (const [rule, found] of Object.entries(await getJson(store, key, excludedUsersSchema)))
      users[rule] = [...(users[rule] ?? []), ...found]
  return { kept, users }
}

/**
 * Closes the hours of one piece: kept events, counters, and last the account. The same piece
 * writes the same bytes to the same keys however often it runs. Memory: the rows of the largest
 * hour, and the counters of the piece. Throws ObjectMissing for a clean file that is gone.
 */
export async function closePiece(store: ObjectStore, piece: ClosingPiece): Promise<ClosingAccount> {
  const { scene, closedThroughMs } = piece
  const hours: HourAccount[] = []
  const counted: EventRow[][] = []
  for (const hour of piece.hours) {
    const rows = await readRows<EventRow>(store, hour.cleanKeys)
    const earlier = await readEarlier(store, hour.earlierKeys)
    const { kept, users, account } = closeHour(hour, rows, earlier)
    const name = { scene, hourMs: hour.hourMs, closedThroughMs, accepted: hour.accepted }
    if (Object.keys(users).length > 0)
      await store.put(closedExclusionsKey(name), canonicalJson(users), 'application/json')
    await store.put(closedKey(name), writeParquet(EVENT_COLUMNS, kept))
    hours.push(account)
    counted.push(kept)
  }
  const counters = countEvents(counted.flat())
  const name = { scene, closedThroughMs, piece: piece.piece }
  await store.put(countersKey(name), writeParquet(COUNTER_COLUMNS, counters))
  const account: ClosingAccount = { ...name, hours }
  const key = closingAccountKey(scene, closedThroughMs, piece.piece)
  await store.put(key, canonicalJson(account), 'application/json')
  return account
}
