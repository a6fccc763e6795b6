import type { Event } from '../../../functions/contract/events.ts'
import { HOUR_MS } from '../../../functions/contract/time.ts'
import type { Draws } from './draws.ts'
import type { WorldOptions } from './options.ts'

/** One line on its way into a drop: when the log shipper got it, and its bytes. */
export interface LogLine {
  loggedMs: number
  line: string
}

/** Shares of lines at dirt 1. */
const SHARE = { late: 0.01, veryLate: 0.001, duplicate: 0.005, broken: 0.002, wrongType: 0.002 }

const BREAKS: readonly ((line: string, draws: Draws) => string)[] = [
  (line, draws) => line.slice(0, 1 + draws.below(line.length - 1)),
  (line) => line.replaceAll('"', "'"),
  () => '\u0000\u0001 disk full',
  (line) => `[${line}]`,
]
type Loose = Record<string, unknown>
const WRONG_TYPES: readonly ((event: Loose) => Loose)[] = [
  (event) => ({ ...event, timeMs: Math.floor((event['timeMs'] as number) / 1000) }),
  (event) => ({ ...event, timeMs: undefined }),
  (event) => ({ ...event, userId: 12345 }),
  (event) => ({ ...event, type: 'impresion' }),
  (event) => ({ ...event, itemId: null }),
  (event) => ({ ...event, timeMs: 253402214400000 }),
]

/**
 * A true event as a log holds it: usually once and at once; sometimes hours or a day later, twice,
 * cut short, or with a field of the wrong type. `skewMs` moves the time that the producer wrote.
 */
export function soil(options: WorldOptions, draws: Draws, event: Event, skewMs: number): LogLine[] {
  const happens = (share: number): boolean => draws.uniform() < share * options.dirt
  const written: Loose = { ...event, timeMs: event.timeMs + skewMs }
  let line = JSON.stringify(happens(SHARE.wrongType) ? draws.pick(WRONG_TYPES)(written) : written)
  if (happens(SHARE.broken)) line = draws.pick(BREAKS)(line, draws)

  let loggedMs = event.timeMs + draws.below(20_000)
  if (happens(SHARE.late)) loggedMs += Math.round(draws.exponential(2 * HOUR_MS))
  if (happens(SHARE.veryLate)) loggedMs += 26 * HOUR_MS + draws.below(14 * HOUR_MS)
  const lines = [{ loggedMs, line }]
  if (happens(SHARE.duplicate))
    lines.push({ loggedMs: loggedMs + Math.round(draws.exponential(HOUR_MS)), line })
  return lines
}
