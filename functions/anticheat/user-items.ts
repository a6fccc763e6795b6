import type { ScreenedEvents } from './events.ts'
import { groupPlaces } from './group-places.ts'

/** Each user's items, one row a pair, by user: the rows of user u are starts[u] up to starts[u + 1]. */
export interface UserItems {
  starts: Uint32Array
  item: Uint32Array
  /** Impressions of the pair. */
  shown: Uint32Array
  /** Impressions of the pair with an outcome. */
  clicks: Uint32Array
}

/** Counts impressions and clicks by user and item. O(events). */
export function countUserItems(events: ScreenedEvents, clicked: Uint8Array): UserItems {
  const isImpression = (place: number): boolean => events.outcome[place]! < 0
  const { starts: firsts, places } = groupPlaces(events.user, events.users.length, isImpression)
  const rowOf = new Int32Array(events.items.length).fill(-1)
  const starts = new Uint32Array(events.users.length + 1)
  const item = new Uint32Array(places.length)
  const shown = new Uint32Array(places.length)
  const clicks = new Uint32Array(places.length)
  let rows = 0
  for (let user = 0; user < events.users.length; user++) {
    for (let at = firsts[user]!; at < firsts[user + 1]!; at++) {
      const place = places[at]!
      const code = events.item[place]!
      if (rowOf[code]! < starts[user]!) {
        item[rows] = code
        rowOf[code] = rows++
      }
      shown[rowOf[code]!]!++
      clicks[rowOf[code]!]! += clicked[place]!
    }
    starts[user + 1] = rows
  }
  return {
    starts,
    item: item.slice(0, rows),
    shown: shown.slice(0, rows),
    clicks: clicks.slice(0, rows),
  }
}
