import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import {
  formatDay,
  formatDuration,
  formatInstant,
  formatNumber,
  formatShare,
  formatText,
  formatTick,
} from '../../functions/report/format.ts'

describe('Times and numbers on pages', () => {
  const timeMs = Date.UTC(2026, 0, 5, 14, 0, 59)

  test('An instant is written with its weekday, in UTC', () => {
    expect(formatInstant(timeMs)).toBe('Mon 5 Jan 2026, 14:00 UTC')
    expect(formatDay(Date.UTC(2024, 1, 29))).toBe('Thu 29 Feb 2024')
    expect(formatInstant(Date.UTC(2025, 11, 31, 23, 59))).toBe('Wed 31 Dec 2025, 23:59 UTC')
  })

  test('An axis mark is a day at midnight, otherwise a time', () => {
    expect(formatTick(new Date(Date.UTC(2026, 0, 5)))).toBe('5 Jan')
    expect(formatTick(new Date(Date.UTC(2026, 0, 5, 12)))).toBe('12:00')
    expect(formatTick(new Date(Date.UTC(2026, 0, 1)))).toBe('1 Jan 2026')
  })

  test.each([
    [0, '0.0 s'],
    [4250, '4.3 s'],
    [9990, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [11 * MINUTE_MS + 5000, '11 min 5 s'],
    [HOUR_MS - 400, '1 h'],
    [2 * HOUR_MS + 5 * MINUTE_MS, '2 h 5 min'],
    [26.5 * HOUR_MS, '26 h 30 min'],
    [3 * DAY_MS - 1, '3 days'],
    [5 * DAY_MS + 6 * HOUR_MS, '5 days 6 h'],
    [-90_000, '−1 min 30 s'],
  ])('A duration of %d ms is %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text)
  })

  test('Numbers have separators, and scores have four decimals', () => {
    expect(formatNumber(1_234_567)).toBe('1,234,567')
    expect(formatNumber(0.5)).toBe('0.5000')
    expect(formatShare(0.1234)).toBe('12.3 %')
  })

  test('ISO times in a text are rewritten, and version ids are not', () => {
    expect(formatText('2026-01-05T14:00:00Z and 2026-01-06: daily-20260107-f077fc46')).toBe(
      'Mon 5 Jan 2026, 14:00 UTC and Tue 6 Jan 2026: daily-20260107-f077fc46',
    )
    expect(formatText('2026-99-99 is no date')).toBe('2026-99-99 is no date')
  })
})
