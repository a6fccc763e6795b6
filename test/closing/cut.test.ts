import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  closedName,
  closingTasks,
  cutBatches,
  leavesFiles,
  MAX_ROWS_PER_HOUR,
} from '../../functions/closing/cut.ts'
import type { ClosingHour } from '../../functions/contract/accounts.ts'
import { closedKey } from '../../functions/contract/keys.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { DAY0_MS } from '../make/events.ts'

const MILLION = 1_000_000
/** Hours of so many rows, of which earlier closings took so many more. */
const hoursOf = (...sizes: (number | [rows: number, earlier: number])[]): ClosingHour[] =>
  sizes.map((size, n) => {
    const hourMs = DAY0_MS + n * HOUR_MS
    const [accepted, earlier] = Array.isArray(size) ? size : [size, 0]
    const name = { scene: 'feed', hourMs, closedThroughMs: DAY0_MS, accepted: earlier }
    const earlierKeys = earlier > 0 ? [closedKey(name)] : []
    return { hourMs, lane: earlier > 0 ? 'late' : 'first', accepted, cleanKeys: [], earlierKeys }
  })
/** Number, hours, shards and exclusion of each piece. */
const cut = (...sizes: Parameters<typeof hoursOf>) =>
  cutBatches('feed', DAY0_MS, hoursOf(...sizes)).map(({ piece, hours, shards, excluded }) => [
    piece,
    hours.length,
    shards ?? excluded ?? 'whole',
  ])

describe('Cutting hours into parts', () => {
  test('Small hours are joined into parts of up to 300,000 rows', () => {
    expect(cut(100_000, 200_000, 1, 299_999, 1)).toEqual([
      [0, 2, 'whole'],
      [1, 2, 'whole'],
      [2, 1, 'whole'],
    ])
  })

  test('An hour above a million rows is cut into numbered shards', () => {
    expect(cut(MILLION, MILLION + 1, 10, 2 * MILLION, 2 * MILLION + 1, 10)).toEqual([
      [0, 1, 'whole'],
      [1, 1, 2],
      [3, 1, 'whole'],
      [4, 1, 2],
      [6, 1, 4],
      [10, 1, 'whole'],
    ])
  })

  test('The cut counts the rows that earlier closings took', () => {
    expect(cut([10, MILLION - 10], [10, MILLION], 20)).toEqual([
      [0, 1, 'whole'],
      [1, 1, 2],
      [3, 1, 'whole'],
    ])
  })

  test('An hour beyond the ceiling is excluded; the others are cut normally', () => {
    expect(cut(10, MAX_ROWS_PER_HOUR, MAX_ROWS_PER_HOUR + 1, 20)).toEqual([
      [0, 1, 'whole'],
      [1, 1, 16],
      [17, 1, 'too_large'],
      [18, 1, 'whole'],
    ])
    const [piece] = cutBatches('feed', DAY0_MS, hoursOf(MAX_ROWS_PER_HOUR + 1))
    expect(leavesFiles(piece!)).toBe(false)
  })

  test('Every task has its own number, and the shares add up', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 12 * MILLION }), { maxLength: 9 }),
        (sizes) => {
          const pieces = cutBatches('feed', DAY0_MS, hoursOf(...sizes))
          const tasks = closingTasks(pieces)
          expect(tasks.map(({ piece }) => piece)).toEqual(tasks.map((_, n) => n))
          const names = tasks.flatMap((task) => task.hours.map((hour) => closedName(task, hour)))
          expect(new Set(names.map(closedKey)).size).toBe(names.length)
          for (const { hourMs, accepted } of pieces.flatMap(({ hours }) => hours)) {
            const shares = names.filter((name) => name.hourMs === hourMs)
            expect(shares.reduce((sum, share) => sum + share.accepted, 0)).toBe(accepted)
            if (shares.length > 1)
              for (const share of shares) expect(share.accepted).toBeLessThanOrEqual(MILLION)
          }
        },
      ),
    )
  })
})
