import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { Drop, World } from '../../../cdk/cli/world/world.ts'
import { type Event, eventSchema, type Kind } from '../../../functions/contract/events.ts'

/** What a drop holds, unpacked. */
export function bodyOf({ name, body }: Drop): Buffer {
  if (name.endsWith('.gz')) return gunzipSync(body)
  return name.endsWith('.zst') ? zstdDecompressSync(body) : Buffer.from(body)
}

/** All lines of a world's drops of one kind. */
export const linesOf = (world: World, kind: Kind): string[] =>
  [...world.drops()]
    .filter((drop) => drop.kind === kind)
    .flatMap((drop) => bodyOf(drop).toString().split('\n').slice(0, -1))

/** All events of a world without dirt. */
export const eventsOf = (world: World): Event[] =>
  linesOf(world, 'events').map((line) => eventSchema.parse(JSON.parse(line)))
