import { dateOf, floorHour, HOUR_MS, hourOf } from '../../../functions/contract/time.ts'
import type { Drop } from '../world/world.ts'
import type { LoggedSlate } from './slates.ts'

/** A service beside the replay: it scores slates and logs what it scored them with. */
export interface SlateService {
  /** The slates of a drop that it is asked to score. */
  slatesIn(drop: Drop): Promise<LoggedSlate[]>
  /** Scores a slate at its own time. */
  score(slate: LoggedSlate): Promise<void>
  /** An item of the slates of the drop that it read last. Null for any other drop. */
  itemOf(drop: Drop): string | null
  /** The lines that were logged since the last call. */
  takeLines(): string[]
}
interface MovingClock {
  now(): number
  advanceTo(timeMs: number): Promise<void>
}

const servedDrop = (arrivalMs: number, lines: readonly string[]): Drop => ({
  ...{ arrivalMs, kind: 'served', metadata: {}, records: lines.length },
  name: `${dateOf(arrivalMs)}/${hourOf(arrivalMs)}-${arrivalMs}.jsonl`,
  body: Buffer.from(lines.map((line) => `${line}\n`).join('')),
})

/**
 * Drops, with the slates of their impressions scored in between: each at its own time, so before the
 * drop that logs it, and after everything that was due earlier. Once an hour the logged cells become a
 * drop of their own. Slates of the past, as in a late drop, are not scored.
 */
export async function* withServedCells(
  drops: Iterable<Drop> | AsyncIterable<Drop>,
  clock: MovingClock,
  service: SlateService,
): AsyncGenerator<Drop> {
  let hourMs: number | null = null
  let lines: string[] = []
  for await (const drop of drops) {
    if (drop.kind === 'events')
      for (const slate of await service.slatesIn(drop)) {
        if (slate.timeMs < clock.now() || slate.timeMs >= drop.arrivalMs) continue
        await clock.advanceTo(slate.timeMs)
        await service.score(slate)
      }
    lines = [...lines, ...service.takeLines()]
    if (lines.length > 0) hourMs ??= floorHour(clock.now())
    if (hourMs !== null && drop.arrivalMs >= hourMs + HOUR_MS) {
      yield servedDrop(drop.arrivalMs, lines)
      hourMs = null
      lines = []
    }
    yield drop
  }
  if (lines.length > 0) yield servedDrop(clock.now(), lines)
}
