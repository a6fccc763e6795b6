import type { ClosingBatch, ClosingHour } from '../contract/accounts.ts'
import { type ClosedName, parseClosedKey } from '../contract/keys.ts'

/**
 * Rows of one batch. An event row takes about 1 KB while duplicates are decided, so a batch takes
 * about 300 MB. A larger hour is a batch of its own.
 */
const ROWS_PER_BATCH = 300_000
/**
 * Rows of one task. A larger hour is cut into shards by user. A task takes about 1.6 GB of the
 * function's 3 GB.
 */
const ROWS_PER_SHARD = 1_000_000
/**
 * Rows of an hour in one closing. Each shard reads all of them, which takes a third of the
 * function's 15 minutes. A larger hour is excluded, and can be dropped again in portions.
 */
export const MAX_ROWS_PER_HOUR = 10_000_000

/** The work of one call of closing: a batch of hours, or one shard of an hour. */
export type ClosingTask = ClosingBatch & { shard?: number }

/** The tasks of batches, in order. Each shard has a number, an account and counters of its own. */
export const closingTasks = (batches: readonly ClosingBatch[]): ClosingTask[] =>
  batches.flatMap((batch): ClosingTask[] => {
    const { shards } = batch
    if (shards === undefined) return [batch]
    return Array.from({ length: shards }, (_, shard) => ({
      ...batch,
      piece: batch.piece + shard,
      shard,
    }))
  })

/**
 * The file of the events that a task keeps of an hour. The shares of all shards add up to
 * `accepted`.
 */
export function closedName(task: ClosingTask, { hourMs, accepted }: ClosingHour): ClosedName {
  const { scene, closedThroughMs, shard, shards } = task
  const name = { scene, hourMs, closedThroughMs }
  if (shard === undefined) return { ...name, accepted }
  const share = Math.floor((accepted + shards! - 1 - shard) / shards!)
  return { ...name, accepted: share, shard, shards: shards! }
}

/** A task that was planned as too large writes only its account. */
export const leavesFiles = ({ excluded }: ClosingBatch): boolean => excluded !== 'too_large'

/** Rows that closing an hour reads: its own, and those of its earlier closings. */
export const rowsRead = ({ accepted, earlierKeys }: ClosingHour): number =>
  earlierKeys.reduce((sum, key) => sum + (parseClosedKey(key)?.accepted ?? 0), accepted)

/** Cuts hours, in order, into batches that one function can hold, and large hours into shards. */
export function cutBatches(
  scene: string,
  closedThroughMs: number,
  hours: readonly ClosingHour[],
): ClosingBatch[] {
  const batches: ClosingBatch[] = []
  let number = 0
  let rows = Number.POSITIVE_INFINITY
  for (const hour of hours) {
    const read = rowsRead(hour)
    if (read <= ROWS_PER_SHARD && rows + hour.accepted <= ROWS_PER_BATCH) {
      batches[batches.length - 1]!.hours.push(hour)
      rows += hour.accepted
      continue
    }
    const batch: ClosingBatch = { scene, closedThroughMs, piece: number, hours: [hour] }
    // A power of two, so that a reader of one shard of users reads only the files that hold them.
    let shards = 1
    while (read > shards * ROWS_PER_SHARD) shards *= 2
    if (hour.accepted > MAX_ROWS_PER_HOUR) batches.push({ ...batch, excluded: 'too_large' })
    else batches.push(shards > 1 ? { ...batch, shards } : batch)
    number += closingTasks(batches.slice(-1)).length
    rows = shards > 1 ? Number.POSITIVE_INFINITY : hour.accepted
  }
  return batches
}
