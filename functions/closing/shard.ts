import type { ClosingHour } from '../contract/accounts.ts'
import type { EventRow } from '../contract/rows.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readRows, visitRows } from '../core/read-rows.ts'
import { type Shard, shardOf } from '../math/hash.ts'
import { type Closed, closed, type Limits, unclosed } from './closed.ts'
import { compareCopies, sortByTime } from './duplicates.ts'
import {
  closedFilesOf,
  EARLIER_COLUMNS,
  type EarlierRow,
  readExcluded,
  readHeld,
} from './read-hour.ts'
import { applyRules, slateItem } from './rules.ts'

type Copy = Pick<EventRow, 'event' | 'arrivalMs' | 'timeMs' | 'drop' | 'row'>
const COPY_COLUMNS = ['event', 'arrivalMs', 'timeMs', 'drop', 'row'] as const
const SHOWN_COLUMNS = ['type', 'item', 'request', 'timeMs'] as const

/**
 * Finds the rows of the hour's clean files that win over their copies: 1 at the row's number among
 * all rows. Copies of an event may belong to different users, so every shard decides for the whole
 * hour, some events at a time. Memory: `idsPerPass` events, and one byte per row.
 */
async function findWinners(
  store: ObjectStore,
  { cleanKeys, earlierKeys, accepted }: ClosingHour,
  idsPerPass: number,
): Promise<Uint8Array> {
  const isWinner = new Uint8Array(accepted)
  const earlier = closedFilesOf(earlierKeys)
  const passes = Math.ceil(accepted / idsPerPass)
  for (let pass = 0; pass < passes; pass++) {
    const winners = new Map<string, Copy & { place: number }>()
    await visitRows<Copy>(store, cleanKeys, COPY_COLUMNS, (copy, place) => {
      if (shardOf(copy.event, passes) !== pass) return
      const winner = winners.get(copy.event)
      if (!winner || compareCopies(copy, winner) < 0) winners.set(copy.event, { ...copy, place })
    })
    await visitRows<EarlierRow>(store, earlier, ['event'], ({ event }) => {
      winners.delete(event)
    })
    for (const { place } of winners.values()) isWinner[place] = 1
  }
  return isWinner
}

/**
 * When the items of these outcomes' slates were first shown, to any user. Memory: one entry per
 * outcome.
 */
async function findFirstShown(
  store: ObjectStore,
  { cleanKeys, earlierKeys }: ClosingHour,
  isWinner: Uint8Array,
  rows: readonly EventRow[],
): Promise<Map<string, number>> {
  const asked = new Set(rows.filter(({ type }) => type === 'outcome').map(slateItem))
  const shownMs = new Map<string, number>()
  const note = (row: EarlierRow): void => {
    if (row.type !== 'impression' || row.request === null) return
    const id = slateItem(row)
    if (asked.has(id)) shownMs.set(id, Math.min(row.timeMs, shownMs.get(id) ?? row.timeMs))
  }
  await visitRows<EarlierRow>(store, cleanKeys, SHOWN_COLUMNS, (row, place) => {
    if (isWinner[place] === 1) note(row)
  })
  await visitRows<EarlierRow>(store, closedFilesOf(earlierKeys), SHOWN_COLUMNS, note)
  return shownMs
}

/**
 * Closes one shard of users of an hour that one function cannot hold. All shards together give the
 * same result as the whole hour would. Duplicates and slates may cross shards, so a few columns of
 * the whole hour are read for them. Memory: the shard's winners, and what earlier closings kept of
 * its users. If the winners take too much memory, they are only counted, and the shard is excluded.
 */
export async function closeShard(
  store: ObjectStore,
  hour: ClosingHour,
  { shard, shards }: Shard,
  limits: Limits,
): Promise<Closed> {
  const { cleanKeys, earlierKeys } = hour
  const isOurs = ({ user }: { user: string }): boolean => shardOf(user, shards) === shard
  const isWinner = await findWinners(store, hour, limits.idsPerPass)
  const isHeld = (place: number): boolean => isWinner[place] === 1
  const { accepted, rows } = await readHeld(store, cleanKeys, limits.heldBytes, isOurs, isHeld)
  if (rows === null) return unclosed(hour, accepted, 'too_large')
  const users = new Set(rows.map(({ user }) => user))
  // Rates need only outcomes. The first times of slate items are looked up separately.
  const isJudged = ({ type, user }: EarlierRow): boolean => type === 'outcome' && users.has(user)
  const judged = {
    kept: await readRows<EarlierRow>(store, closedFilesOf(earlierKeys), {
      columns: EARLIER_COLUMNS,
      isWanted: isJudged,
    }),
    users: await readExcluded(store, earlierKeys, (user) => users.has(user)),
  }
  const shownMs = await findFirstShown(store, hour, isWinner, rows)
  const duplicates = accepted - rows.length
  return closed(hour, { accepted, duplicates, ...applyRules(sortByTime(rows), judged, shownMs) })
}
