import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { isFolded, isInWindow } from '../../functions/features/visibility.ts'
import { firstOpenHour, startingAt, windowAt } from '../../functions/reader/visible-hours.ts'
import { DAY0_MS } from '../make/events.ts'

const hour = fc.integer({ min: -60, max: 4 }).map((n) => DAY0_MS + n * HOUR_MS)
const time = fc.integer({ min: DAY0_MS - 2 * HOUR_MS, max: DAY0_MS + 2 * HOUR_MS })
const exclusion = fc.record({ fromMs: hour, throughMs: hour, sinceMs: time })
const mark = fc.option(
  fc.record({
    closedThroughMs: hour,
    arrivedThroughMs: time,
  }),
)

const isWithin = (hourMs: number, parts: ReturnType<typeof windowAt>): boolean =>
  parts.some(({ fromMs, throughMs }) => hourMs >= fromMs && hourMs < throughMs)

describe('Visible hours', () => {
  test('Intervals of hours agree with the rule of what is visible', () => {
    const given = fc.record({
      ...{ hourMs: hour, timeMs: time, arrivalMs: time, mark },
      windowHours: fc.integer({ min: 1, max: 48 }),
      exclusions: fc.array(exclusion, { maxLength: 4 }),
    })
    let visible = 0
    fc.assert(
      fc.property(given, ({ hourMs, timeMs, windowHours, exclusions, mark, arrivalMs }) => {
        const isExcluded = exclusions.some(
          ({ fromMs, throughMs, sinceMs }) =>
            sinceMs <= timeMs && hourMs >= fromMs && hourMs < throughMs,
        )
        const expected = isInWindow(hourMs, timeMs, windowHours) && !isExcluded
        const parts = windowAt(timeMs, windowHours, exclusions)
        expect(isWithin(hourMs, parts)).toBe(expected)
        const open = startingAt(parts, firstOpenHour({ arrivalMs }, mark))
        const isOpen = expected && !isFolded({ arrivalMs, hourMs }, mark)
        expect(isWithin(hourMs, open)).toBe(isOpen)
        if (isOpen) visible++
      }),
      { numRuns: 2000, seed: 1 },
    )
    expect(visible).toBeGreaterThan(100)
  })

  test('Intervals of one window do not overlap', () => {
    fc.assert(
      fc.property(time, fc.array(exclusion, { maxLength: 4 }), (timeMs, exclusions) => {
        const parts = windowAt(timeMs, 24, exclusions)
        parts.slice(1).forEach((part, n) => {
          expect(part.fromMs).toBeGreaterThanOrEqual(parts[n]!.throughMs)
        })
      }),
    )
  })
})
