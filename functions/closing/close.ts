import type { ClosingAccount, ClosingHour, HourAccount } from '../contract/accounts.ts'
import { closedExclusionsKey, closedKey, closingAccountKey, countersKey } from '../contract/keys.ts'
import { COUNTER_COLUMNS, EVENT_COLUMNS, type EventRow } from '../contract/rows.ts'
import { canonicalJson } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { writeParquet } from '../core/parquet.ts'
import { readRows } from '../core/read-rows.ts'
import { type Closed, closed, LIMITS, type Limits, unclosed } from './closed.ts'
import { addEvents, createCounters, inKeyOrder } from './counters.ts'
import { type ClosingTask, closedName, leavesFiles, rowsRead } from './cut.ts'
import { decideDuplicates } from './duplicates.ts'
import { openCrowd, wholeHour } from './judged-hour.ts'
import {
  closedFilesOf,
  EARLIER_COLUMNS,
  type EarlierRow,
  readExcluded,
  readHeld,
} from './read-hour.ts'
import { applyRules, type Judged } from './rules.ts'
import { closeShard } from './shard.ts'

/**
 * What earlier closings of an hour kept and excluded. It includes ids, to find copies of kept
 * events.
 */
export interface Earlier extends Judged {
  kept: readonly EarlierRow[]
}
const NOTHING: Earlier = { kept: [], users: {} }

/** Decides one hour from the rows of its clean files and the earlier decisions. Pure. */
export function closeHour(
  hour: ClosingHour,
  rows: readonly EventRow[],
  earlier: Earlier = NOTHING,
  { crowdEvents }: Pick<Limits, 'crowdEvents'> = LIMITS,
): Closed {
  const alreadyKept = new Set(earlier.kept.map(({ event }) => event))
  const { winners, duplicates } = decideDuplicates(rows, alreadyKept)
  const events = rowsRead(hour)
  const judged = wholeHour(winners, earlier.kept, events, openCrowd(events, crowdEvents))
  const decided = applyRules(winners, earlier, judged)
  return closed(hour, { accepted: rows.length, duplicates, ...decided })
}

async function closeWhole(store: ObjectStore, hour: ClosingHour, limits: Limits): Promise<Closed> {
  const { accepted, rows } = await readHeld(store, hour.cleanKeys, limits.heldBytes)
  if (rows === null) return unclosed(hour, accepted, 'too_large')
  const files = closedFilesOf(hour.earlierKeys)
  const kept = await readRows<EarlierRow>(store, files, { columns: EARLIER_COLUMNS })
  const users = await readExcluded(store, hour.earlierKeys)
  return closeHour(hour, rows, { kept, users }, limits)
}

async function decideHour(
  store: ObjectStore,
  task: ClosingTask,
  hour: ClosingHour,
  limits: Limits,
): Promise<Closed> {
  const { excluded, shard, shards } = task
  if (excluded !== undefined) return unclosed(hour, closedName(task, hour).accepted, excluded)
  if (shard === undefined) return closeWhole(store, hour, limits)
  return closeShard(store, hour, { shard, shards: shards! }, limits)
}

/** Writes the users that the rules excluded from the hour, and its kept events. */
async function putHour(
  store: ObjectStore,
  task: ClosingTask,
  hour: ClosingHour,
  { users, kept }: Closed,
): Promise<void> {
  const name = closedName(task, hour)
  if (Object.keys(users).length > 0)
    await store.put(closedExclusionsKey(name), canonicalJson(users), 'application/json')
  await store.put(closedKey(name), writeParquet(EVENT_COLUMNS, kept))
}

/**
 * Closes the hours of one task. It writes the kept events, the counters, and last the account. A
 * repeated task writes the same bytes to the same keys. Memory: the rows of the largest hour or of
 * the shard, and the counters of the task. Throws ObjectMissing for a missing clean file.
 */
export async function closeTask(
  store: ObjectStore,
  task: ClosingTask,
  limits: Limits = LIMITS,
): Promise<ClosingAccount> {
  const { scene, closedThroughMs, piece } = task
  const hours: HourAccount[] = []
  const counters = createCounters()
  for (const hour of task.hours) {
    const decided = await decideHour(store, task, hour, limits)
    if (leavesFiles(task)) await putHour(store, task, hour, decided)
    hours.push(decided.account)
    addEvents(counters, decided.kept)
  }
  const name = { scene, closedThroughMs, piece }
  if (leavesFiles(task))
    await store.put(countersKey(name), writeParquet(COUNTER_COLUMNS, inKeyOrder(counters)))
  const account: ClosingAccount = { ...name, hours }
  const key = closingAccountKey(scene, closedThroughMs, piece)
  await store.put(key, canonicalJson(account), 'application/json')
  return account
}
