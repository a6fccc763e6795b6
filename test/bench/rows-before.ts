import { unmarshall } from '@aws-sdk/util-dynamodb'
import { z } from 'zod'
import { floorHour, HOUR_MS } from '../../functions/contract/time.ts'

/** Online values as they were: one row of JSON counts for each closing, read by one query. */

export type WireRow = Extract<Parameters<typeof unmarshall>[0], Record<string, unknown>>

const bucketRowSchema = z.object({
  counts: z.record(z.string(), z.record(z.string(), z.number().int())),
  expiresAt: z.number().int(),
})

/** A closing's row as DynamoDB answers: counts by event and epoch hour. */
export const rowBefore = (
  closedThroughMs: number,
  counts: Record<string, Record<string, number>>,
): WireRow => ({
  pk: { S: 'feed#item#i123456' },
  sk: { S: `BUCKETS#${closedThroughMs}` },
  counts: {
    M: Object.fromEntries(
      Object.entries(counts).map(([event, hours]) => [
        event,
        {
          M: Object.fromEntries(Object.entries(hours).map(([hour, n]) => [hour, { N: String(n) }])),
        },
      ]),
    ),
  },
  expiresAt: { N: String(closedThroughMs / 1000 + 700_000) },
})

export const unmarshallBefore = (rows: readonly WireRow[]): Record<string, unknown>[] =>
  rows.map((row) => unmarshall(row))

/** The counts of some events in a window that ends before the hour of t. */
export function countBefore(
  rows: readonly Record<string, unknown>[],
  events: readonly string[],
  timeMs: number,
  windowHours: number,
): number[] {
  const byEvent = new Map<string, Map<number, number>>()
  for (const row of rows)
    for (const [event, hours] of Object.entries(bucketRowSchema.parse(row).counts)) {
      const sums = byEvent.get(event) ?? new Map<number, number>()
      byEvent.set(event, sums)
      for (const [hour, n] of Object.entries(hours))
        sums.set(Number(hour) * HOUR_MS, (sums.get(Number(hour) * HOUR_MS) ?? 0) + n)
    }
  const endMs = floorHour(timeMs)
  return events.map((event) => {
    let sum = 0
    for (const [hourMs, n] of byEvent.get(event) ?? [])
      if (hourMs >= endMs - windowHours * HOUR_MS && hourMs < endMs) sum += n
    return sum
  })
}
