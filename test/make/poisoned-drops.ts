import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { Drop } from '../../cdk/cli/world/world.ts'
import type { Event } from '../../functions/contract/events.ts'
import { floorHour } from '../../functions/contract/time.ts'
import { unitInterval } from '../../functions/math/hash.ts'

/** Hour → the share of its impressions that are clicked. */
export type Poison = ReadonlyMap<number, number>

function unpack({ name, body }: Drop): string {
  if (name.endsWith('.gz')) return gunzipSync(body).toString()
  return (name.endsWith('.zst') ? zstdDecompressSync(body) : Buffer.from(body)).toString()
}
const about = ({ userId, itemId, requestId }: Event): string => `${requestId} ${itemId} ${userId}`

/**
 * A clean log whose impressions of some hours are clicked as often as told, or as they were where that is more.
 * `isPoisoned` chooses drops.
 */
export function* poisonDrops(
  drops: Iterable<Drop>,
  poison: Poison,
  isPoisoned: (drop: Drop) => boolean = () => true,
): Generator<Drop> {
  for (const drop of drops) {
    if (drop.kind !== 'events' || !isPoisoned(drop)) {
      yield drop
      continue
    }
    const lines = unpack(drop).trimEnd().split('\n').filter(Boolean)
    const events = lines.map((line) => JSON.parse(line) as Event)
    const clicked = new Set(events.filter(({ type }) => type === 'outcome').map(about))
    const shown = events.filter(
      (event) => event.type === 'impression' && !clicked.has(about(event)),
    )
    for (const [hourMs, rate] of poison) {
      const all = events.filter((e) => e.type === 'impression' && floorHour(e.timeMs) === hourMs)
      const own = shown.filter(({ timeMs }) => floorHour(timeMs) === hourMs)
      const wanted = Math.round(rate * all.length) - (all.length - own.length)
      own.sort((a, b) => unitInterval(a.eventId!, 1) - unitInterval(b.eventId!, 1))
      for (const { eventId, timeMs, userId, itemId, requestId } of own.slice(
        0,
        Math.max(0, wanted),
      ))
        lines.push(
          JSON.stringify({
            ...{ type: 'outcome', outcome: 'click', eventId: `${eventId}-poison` },
            ...{ timeMs: timeMs + 3000, userId, itemId, requestId },
          }),
        )
    }
    const body = Buffer.from(`${lines.join('\n')}\n`)
    yield { ...drop, name: drop.name.replace(/\.(gz|zst)$/, ''), body, records: lines.length }
  }
}
