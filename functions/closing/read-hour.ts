import { type ExcludedUsers, excludedUsersSchema } from '../contract/accounts.ts'
import { isClosedExclusionsKey, parseClosedKey } from '../contract/keys.ts'
import type { EventRow } from '../contract/rows.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readRows } from '../core/read-rows.ts'
import type { JudgedRow } from './rules.ts'

/** What earlier closings of an hour kept; of their events no other copy is kept. */
export type EarlierRow = JudgedRow & { event: string }
export const EARLIER_COLUMNS = ['event', 'type', 'user', 'item', 'request', 'timeMs'] as const

/** Files of kept events among those of an hour. */
export const closedFilesOf = (keys: readonly string[]): string[] =>
  keys.filter((key) => parseClosedKey(key) !== null)

/**
 * What a row takes in memory, roughly: ids and numbers; the context three times, since the file
 * that it is written to is held beside it.
 */
const costOf = ({ context }: EventRow): number => 800 + 3 * (context?.length ?? 0)

/**
 * The rows of clean files that are ours and are to be held: null where they take more than
 * `maxBytes`. `accepted` are all that are ours. `place` counts the rows of all the files.
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

/** Whom earlier closings of the hour took out whole, by rule. */
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
