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
 * Which rows of the hour's clean files win over their copies, by their place among all: 1 for a
 * winner. An event's copies may be of several users, so every shard decides for the whole hour, some
 * events at a time. Memory: `idsPerPass` events, and a byte a row.
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
 * When the slates' items of these outcomes were shown first, to anybody. Memory: an entry an outcome.
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
 * Closes the users of one shard of an hour that no function can hold: all shards together leave
 * what the hour would have left as a whole. Duplicates and slates may be of users of several shards,
 * so all of the hour is read for them, by few columns. Memory: the shard's winners, which are
 * counted only and excluded where they are too large; what earlier closings kept of its users.
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
  // Rates go over outcomes; what was shown before is looked up by slate.
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
