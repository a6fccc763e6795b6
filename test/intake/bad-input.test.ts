import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { DAY0_MS } from '../make/events.ts'
import { ARRIVAL_MS, good, takeIn } from './take-in.ts'

test('A number cut by a broken gzip is not read as complete', async () => {
  const rows = ['11252.52', '3.50', '11252.52'].map(
    (value, n) => `u1,i${n},${ARRIVAL_MS / 1000 - 60},purchase,${value}`,
  )
  const text = ['USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE', ...rows].join('\n')
  // Stored, not compressed: 8 bytes of trailer, and the last five digits with them.
  const packed = gzipSync(text, { level: 0 })
  const { manifest, rows: taken } = await takeIn(packed.subarray(0, packed.length - 13), {
    key: 'raw/feed/events/format=personalize/a.csv.gz',
  })
  expect(manifest).toMatchObject({
    ...{ read: 3, accepted: 2, quarantined: { truncated_compression: 1 } },
  })
  expect(taken.map(({ value }) => value)).toEqual([11252.52, 3.5])
})

test('Unordered records are refused before they become too many files', async () => {
  const hoursBack = (n: number): number => ((n * 7919) % 600) * HOUR_MS
  const lines = Array.from({ length: 40_000 }, (_, n) =>
    good({ eventId: `e${n}`, timeMs: DAY0_MS - hoursBack(n) }),
  )
  const { manifest, raw, lake } = await takeIn(lines.join('\n'), { maxParts: 200 })
  expect(manifest).toMatchObject({ read: 0, accepted: 0, files: [] })
  expect(manifest.refused).toEqual({
    reason: 'too_scattered',
    detail:
      'its records spread over more than 200 hourly files: sort it by time, or split it by day, and drop that; nothing was accepted, and the raw object stays',
  })
  expect(raw.contents.size).toBe(1)
  const ordered = await takeIn(lines.slice(0, 4000).join('\n'), { maxParts: 200 })
  expect(ordered.manifest).toMatchObject({ refused: null, accepted: 4000 })
  expect(lake.contents.size).toBeLessThan(500)
})
