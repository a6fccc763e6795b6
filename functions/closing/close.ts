import type {
  ClosingAccount,
  ClosingHour,
  ClosingPiece,
  HourAccount,
} from '../contract/accounts.ts'
import { closedKey, closingAccountKey, countersKey } from '../contract/keys.ts'
import { COUNTER_COLUMNS, EVENT_COLUMNS, type EventRow } from '../contract/rows.ts'
import { canonicalJson } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readParquet, writeParquet } from '../core/parquet.ts'
import { readEach } from '../core/read-each.ts'
import { countEvents } from './counters.ts'
import { decideDuplicates } from './duplicates.ts'
import { applyRules } from './rules.ts'

/** Decides one hour. Pure: the rows of its clean files, and the ids that it has kept before. */
export function closeHour(
  hour: ClosingHour,
  rows: readonly EventRow[],
  alreadyKept: ReadonlySet<string>,
): { kept: EventRow[]; account: HourAccount } {
  const { winners, duplicates } = decideDuplicates(rows, alreadyKept)
  const { kept, excluded } = applyRules(winners)
  return {
    kept,
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

async function readRows<R>(
  store: ObjectStore,
  keys: readonly string[],
  columns?: readonly string[],
): Promise<R[]> {
  const parts = await readEach(keys, async (key) => readParquet<R>(await store.get(key), columns))
  return parts.flat()
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
    const earlier = await readRows<{ event: string }>(store, hour.earlierKeys, ['event'])
    const { kept, account } = closeHour(hour, rows, new Set(earlier.map(({ event }) => event)))
    const key = closedKey({ scene, hourMs: hour.hourMs, closedThroughMs, accepted: hour.accepted })
    await store.put(key, writeParquet(EVENT_COLUMNS, kept))
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
