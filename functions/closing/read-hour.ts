import { type ExcludedUsers, excludedUsersSchema } from '../contract/accounts.ts'
import { isClosedExclusionsKey, parseClosedKey } from '../contract/keys.ts'
import type { EventRow } from '../contract/rows.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readRows } from '../core/read-rows.ts'
import type { JudgedRow } from './rules/rule.ts'

/** An event that earlier closings of an hour kept. Further copies of it are duplicates. */
export type EarlierRow = JudgedRow
export const EARLIER_COLUMNS = [
  'event',
  'type',
  'user',
  'item',
  'request',
  'outcome',
  'value',
  'position',
  'timeMs',
] as const

/** The keys of kept events among the keys of an hour. */
export const closedFilesOf = (keys: readonly string[]): string[] =>
  keys.filter((key) => parseClosedKey(key) !== null)

/**
 * Rough memory of a row: ids and numbers, and the context three times, because the written file is
 * in memory too.
 */
const costOf = ({ context }: EventRow): number => 800 + 3 * (context?.length ?? 0)

/**
 * Reads the rows of clean files that belong to this shard and that `isHeld` selects. `rows` is null
 * if they take more than `maxBytes`. `accepted` counts all rows of the shard. `place` counts the
 * rows of all files.
 */
export async function readHeld(
  store: ObjectStore,
  keys: readonly string[],
  maxBytes: number,
  isOurs: (row: EventRow) => boolean = () => true,
  isHeld: (place: number) => boolean = () => true,
): Promise<{ accepted: number; rows: EventRow[] | null }> {
  let place = -1
  let accepted = 0
  let bytes = 0
  const isWanted = (row: EventRow): boolean => {
    place++
    if (!isOurs(row)) return false
    accepted++
    if (!isHeld(place)) return false
    bytes += costOf(row)
    return bytes <= maxBytes
  }
  const rows = await readRows<EventRow>(store, keys, { isWanted })
  return { accepted, rows: bytes <= maxBytes ? rows : null }
}

/** Users that earlier closings of the hour excluded, by rule. */
export async function readExcluded(
  store: ObjectStore,
  keys: readonly string[],
  isOurs: (user: string) => boolean = () => true,
): Promise<ExcludedUsers> {
  const users: ExcludedUsers = {}
  for (const key of keys.filter(isClosedExclusionsKey))
    for (const [rule, found] of Object.entries(await getJson(store, key, excludedUsersSchema)))
      users[rule] = [...(users[rule] ?? []), ...found.filter(isOurs)]
  return users
}
