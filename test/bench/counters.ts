import { countEvents } from '../../functions/closing/counters.ts'
import type { CounterRow, EventRow } from '../../functions/contract/rows.ts'
import { DAY_MS, floorHour } from '../../functions/contract/time.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { bestRate, type Comparison } from './comparison.ts'

const EVENTS = 300_000
const RUNS = 3
const FROM_MS = Date.UTC(2026, 0, 5)

/** A day of events. Ids are hashes, as after intake. */
function makeEvents(): EventRow[] {
  const uniform = seededUniform(1)
  const hash = (n: number): string =>
    (Math.imul(n + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0').repeat(4)
  return Array.from({ length: EVENTS }, (_, n) => {
    const isOutcome = uniform() < 0.1
    const about = {
      type: isOutcome ? 'outcome' : 'impression',
      outcome: isOutcome ? (uniform() < 0.7 ? 'click' : 'purchase') : null,
      user: hash(Math.floor((uniform() * EVENTS) / 20)),
      item: `item-${Math.floor(2000 * uniform() ** 2)}`,
      timeMs: FROM_MS + Math.floor((n / EVENTS) * DAY_MS),
    }
    return about as EventRow
  })
}

/** The same as it is first written down: a text for each cell. */
function countPlainly(rows: readonly EventRow[]): CounterRow[] {
  const counters = new Map<string, CounterRow>()
  for (const row of rows) {
    const event = row.type === 'impression' ? 'impression' : row.outcome!
    const hourMs = floorHour(row.timeMs)
    for (const kind of ['user', 'item'] as const) {
      const key = `${kind}\n${row[kind]}\n${event}\n${hourMs}`
      const counter = counters.get(key)
      if (counter) counter.count++
      else counters.set(key, { kind, id: row[kind], event, hourMs, count: 1 })
    }
  }
  return [...counters].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, counter]) => counter)
}

/** Counts of a day of events by user and by item. */
export async function benchCounters(): Promise<Comparison[]> {
  const rows = makeEvents()
  if (countEvents(rows).length !== countPlainly(rows).length)
    throw new Error('the counts differ from plain ones')
  return [
    {
      what: 'Counters of a closing',
      unit: 'events/s',
      ours: await bestRate(EVENTS, RUNS, () => countEvents(rows)),
      peer: 'the same over a Map of texts',
      peers: await bestRate(EVENTS, RUNS, () => countPlainly(rows)),
    },
  ]
}
