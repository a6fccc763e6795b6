import type { ClosingHour } from '../contract/accounts.ts'
import type { EventRow } from '../contract/rows.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readRows, visitRows } from '../core/read-rows.ts'
import { type Shard, shardOf } from '../math/hash.ts'
import { type Closed, closed, type Limits, unclosed } from './closed.ts'
import { rowsRead } from './cut.ts'
import { compareCopies, sortByTime } from './duplicates.ts'
import { collectVotes, groupByUser, noteShown, openCrowd, votersOf } from './judged-hour.ts'
import {
  closedFilesOf,
  EARLIER_COLUMNS,
  type EarlierRow,
  readExcluded,
  readHeld,
} from './read-hour.ts'
import type { JudgedHour, Shown } from './rules/rule.ts'
import { applyRules } from './rules.ts'
import { createSlateItems } from './slate-items.ts'

type Copy = Pick<EventRow, 'event' | 'arrivalMs' | 'timeMs' | 'drop' | 'row'>
const COPY_COLUMNS = ['event', 'arrivalMs', 'timeMs', 'drop', 'row'] as const
const SHOWN_COLUMNS = ['type', 'user', 'item', 'request', 'timeMs'] as const

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

/** Visits the rows that the whole hour keeps or has kept, before the rules. */
async function visitHour(
  store: ObjectStore,
  { cleanKeys, earlierKeys }: ClosingHour,
  isWinner: Uint8Array,
  columns: readonly (keyof EarlierRow)[],
  visit: (row: EarlierRow) => void,
): Promise<void> {
  await visitRows<EarlierRow>(store, cleanKeys, columns, (row, place) => {
    if (isWinner[place] === 1) visit(row)
  })
  await visitRows<EarlierRow>(store, closedFilesOf(earlierKeys), columns, visit)
}

/**
 * What the rules need of the whole hour: the crowd, and when the items of these rows' and the crowd's slates
 * were first shown, to any user. Memory: the crowd's rows, and one entry for each item of those slates.
 */
async function readJudgedHour(
  store: ObjectStore,
  hour: ClosingHour,
  isWinner: Uint8Array,
  rows: readonly EventRow[],
  { crowdEvents }: Limits,
): Promise<JudgedHour> {
  const events = rowsRead(hour)
  const votes = collectVotes(openCrowd(events, crowdEvents))
  await visitHour(store, hour, isWinner, EARLIER_COLUMNS, votes.add)
  const slateItems = createSlateItems()
  for (const list of [rows, votes.rows]) for (const row of list) slateItems.codeOf(row)
  const firstShown = new Array<Shown | undefined>(slateItems.size).fill(undefined)
  await visitHour(store, hour, isWinner, SHOWN_COLUMNS, (row) => {
    const id = row.type === 'impression' ? slateItems.find(row) : -1
    if (id >= 0) noteShown(firstShown, id, row)
  })
  const crowd = votersOf(groupByUser([], votes.rows, slateItems).values())
  return { events, crowd, slateItems, firstShown }
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
  const isJudged = ({ user }: EarlierRow): boolean => users.has(user)
  const judged = {
    kept: await readRows<EarlierRow>(store, closedFilesOf(earlierKeys), {
      columns: EARLIER_COLUMNS,
      isWanted: isJudged,
    }),
    users: await readExcluded(store, earlierKeys, (user) => users.has(user)),
  }
  const whole = await readJudgedHour(store, hour, isWinner, rows, limits)
  const duplicates = accepted - rows.length
  return closed(hour, { accepted, duplicates, ...applyRules(sortByTime(rows), judged, whole) })
}
