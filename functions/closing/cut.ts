import type { ClosingHour, ClosingPiece } from '../contract/accounts.ts'
import { type ClosedName, parseClosedKey } from '../contract/keys.ts'

/**
 * Rows of one piece: an event row is about 1 KB in memory while duplicates are decided, so a piece
 * holds some 300 MB. An hour that is larger is a piece of its own.
 */
const ROWS_PER_PIECE = 300_000
/** Rows of one task: an hour that is larger is cut by user. Holds some 1.6 GB of the function's 3. */
const ROWS_PER_SHARD = 1_000_000
/**
 * Rows of an hour in one closing: each shard reads all of them, in a third of the function's 15
 * minutes. What is more is excluded, and can be brought back in portions.
 */
export const MAX_ROWS_PER_HOUR = 10_000_000

/** What one call of closing does: a piece, or one shard of its hour. */
export type ClosingTask = ClosingPiece & { shard?: number }

/** The tasks of pieces, in order. A shard has a number, an account and counters of its own. */
export const closingTasks = (pieces: readonly ClosingPiece[]): ClosingTask[] =>
  pieces.flatMap((piece): ClosingTask[] => {
    const { shards } = piece
    if (shards === undefined) return [piece]
    return Array.from({ length: shards }, (_, shard) => ({
      ...piece,
      piece: piece.piece + shard,
      shard,
    }))
  })

/** The file in which a task leaves what it keeps of an hour. The shares of all shards add up. */
export function closedName(task: ClosingTask, { hourMs, accepted }: ClosingHour): ClosedName {
  const { scene, closedThroughMs, shard, shards } = task
  const name = { scene, hourMs, closedThroughMs }
  if (shard === undefined) return { ...name, accepted }
  const share = Math.floor((accepted + shards! - 1 - shard) / shards!)
  return { ...name, accepted: share, shard, shards: shards! }
}

/** Nothing but its account is left of what was planned as too large. */
export const leavesFiles = ({ excluded }: ClosingPiece): boolean => excluded !== 'too_large'

/** Rows that closing an hour reads: its own, and those of its earlier closings. */
const rowsRead = ({ accepted, earlierKeys }: ClosingHour): number =>
  earlierKeys.reduce((sum, key) => sum + (parseClosedKey(key)?.accepted ?? 0), accepted)

/** Cuts hours, in order, into pieces that one function can hold, and large hours into shards. */
export function cutPieces(
  scene: string,
  closedThroughMs: number,
  hours: readonly ClosingHour[],
): ClosingPiece[] {
  const pieces: ClosingPiece[] = []
  let number = 0
  let rows = Number.POSITIVE_INFINITY
  for (const hour of hours) {
    const read = rowsRead(hour)
    if (read <= ROWS_PER_SHARD && rows + hour.accepted <= ROWS_PER_PIECE) {
      pieces[pieces.length - 1]!.hours.push(hour)
      rows += hour.accepted
      continue
    }
    const piece: ClosingPiece = { scene, closedThroughMs, piece: number, hours: [hour] }
    // Powers of two: who reads one shard of users then reads no more files than hold them.
    let shards = 1
    while (read > shards * ROWS_PER_SHARD) shards *= 2
    if (hour.accepted > MAX_ROWS_PER_HOUR) pieces.push({ ...piece, excluded: 'too_large' })
    else pieces.push(shards > 1 ? { ...piece, shards } : piece)
    number += closingTasks(pieces.slice(-1)).length
    rows = shards > 1 ? Number.POSITIVE_INFINITY : hour.accepted
  }
  return pieces
}
