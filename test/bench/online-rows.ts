import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { foldedText, type Series, VALUES_SK, valuesPk } from '../../functions/contract/values.ts'
import { encodeBlock } from '../../functions/features/block.ts'
import { seriesOf } from '../../functions/features/series.ts'
import type { Buckets } from '../../functions/features/states/states.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { openEntity } from '../../functions/reader/entity-values.ts'
import { bestRate, type Comparison } from './comparison.ts'
import { countBefore, rowBefore, unmarshallBefore } from './rows-before.ts'

const HOURS = 168
const CLOSINGS = 84
const EVENTS = ['impression', 'click', 'cart', 'purchase']
const ROUNDS = 2000
const RUNS = 9
const FROM_MS = Date.UTC(2026, 0, 5)
const NOW_MS = FROM_MS + HOURS * HOUR_MS + 1_234_567
const WINDOWS = [1, 24, HOURS]

/** Events of one busy item by hour: hundreds of impressions, tens of clicks. */
function makeCounts(): Map<string, number>[] {
  const uniform = seededUniform(1)
  return Array.from(
    { length: HOURS },
    () => new Map(EVENTS.map((event, n) => [event, 1 + Math.floor((1000 / 8 ** n) * uniform())])),
  )
}

const wire = (row: Record<string, unknown>) => marshall(row) as Parameters<typeof unmarshall>[0]

/** Bytes of an item as DynamoDB counts them: names, texts in UTF-8 and binary as it is. */
const sizeOf = (row: Record<string, unknown>): number =>
  Object.entries(row).reduce(
    (sum, [name, value]) =>
      sum + name.length + (typeof value === 'number' ? 8 : (value as string | Uint8Array).length),
    0,
  )

/** An item's values as they are and as they were, with the same counts. */
function makeRows() {
  const series = seriesOf(
    EVENTS.map((event) => ({
      ...{ name: event, kind: 'count', entity: 'item', event, windowHours: HOURS },
    })),
  )
  const counts = makeCounts()
  const bucketsOf = ({ event }: Series): Buckets =>
    new Map(counts.map((hour, n) => [FROM_MS + n * HOUR_MS, hour.get(event)!]))
  const ring = encodeBlock({
    aheadMs: 0,
    series: new Map(series.map((one) => [one.id, { series: one, buckets: bucketsOf(one) }])),
  })
  const mark = { closedThroughMs: NOW_MS, arrivedThroughMs: NOW_MS }
  const row = {
    ...{ pk: valuesPk('feed', 'item', 'i123456'), sk: VALUES_SK, ring },
    folded: foldedText(mark, '01234567'),
    expiresAt: NOW_MS / 1000,
  }
  const hoursEach = HOURS / CLOSINGS
  const before = Array.from({ length: CLOSINGS }, (_, closing) =>
    rowBefore(
      FROM_MS + (closing + 1) * hoursEach * HOUR_MS,
      Object.fromEntries(
        EVENTS.map((event) => [
          event,
          Object.fromEntries(
            Array.from({ length: hoursEach }, (_, n) => closing * hoursEach + n).map((hour) => [
              String(FROM_MS / HOUR_MS + hour),
              counts[hour]!.get(event)!,
            ]),
          ),
        ]),
      ),
    ),
  )
  return { series, row, before }
}

/** One item's values from what DynamoDB answers to its counts in three windows. */
export async function benchOnlineRows(): Promise<Comparison[]> {
  const { series, row, before } = makeRows()
  const answer = wire(row)
  const values = (): number[] => {
    const { pk: _pk, sk: _sk, ...read } = unmarshall(answer)
    const entity = openEntity(read, null, (fault) => {
      throw fault
    })
    return WINDOWS.flatMap((hours) =>
      series.map((one) => entity.stateOf(one, NOW_MS, hours, true) as number),
    )
  }
  const valuesBefore = (): number[] =>
    WINDOWS.flatMap((hours) =>
      countBefore(
        unmarshallBefore(before),
        series.map(({ event }) => event),
        NOW_MS,
        hours,
      ),
    )
  if (values().join() !== valuesBefore().join())
    throw new Error(`got ${values().join()}, expected ${valuesBefore().join()} as before`)
  const repeat = (work: () => unknown) => (): void => {
    for (let round = 0; round < ROUNDS; round++) work()
  }
  // In turn, so that a disturbance meets both.
  let [ours, peers] = [0, 0]
  for (let run = 0; run < RUNS; run++) {
    ours = Math.max(ours, await bestRate(ROUNDS, 1, repeat(values)))
    const rounds = ROUNDS / 20
    const old = (): void => {
      for (let round = 0; round < rounds; round++) unmarshallBefore(before)
    }
    peers = Math.max(peers, await bestRate(rounds, 1, old))
  }
  const note = `${sizeOf(row)} bytes for ${HOURS} hours and ${series.length} series, ${WINDOWS.length * series.length} values`
  return [
    {
      ...{ what: 'One item from its row to its values', unit: 'items/s', ours, note },
      ...{ peer: `unmarshalling ${CLOSINGS} rows as before`, peers },
    },
  ]
}
