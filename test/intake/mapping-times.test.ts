import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { compilePattern, isoMs } from '../../functions/intake/adapters/timestamps.ts'

describe('Time formats', () => {
  test('ISO 8601 times equal those of the platform, and others are refused', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2099, 11, 31) }), (timeMs) => {
        const text = new Date(timeMs).toISOString()
        expect(isoMs(text)).toBe(timeMs)
        expect(isoMs(text.replace('T', ' ').replace('Z', '+00:00'))).toBe(timeMs)
        expect(isoMs(text.slice(0, -1), '-03:30')).toBe(timeMs + 3.5 * HOUR_MS)
      }),
    )
    for (const text of [
      '2026-02-30',
      '2026-13-01',
      '2026-01-05T25:00',
      '5 January',
      '',
      '20260105',
    ])
      expect(isoMs(text), text).toBeNull()
  })

  test('Times written by a pattern are read back exactly', () => {
    const parse = compilePattern("dd.MM.yyyy 'at' HH:mm:ss.SSS")
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2099, 11, 31) }), (timeMs) => {
        const [, year, month, day, time] = /^(\d+)-(\d+)-(\d+)T([\d:.]+)Z$/.exec(
          new Date(timeMs).toISOString(),
        )!
        expect(parse(`${day}.${month}.${year} at ${time}`, 'Z')).toBe(timeMs)
      }),
    )
    expect(compilePattern('dd/MMM/yyyy:HH:mm:ss XXX')('17/May/2015:10:05:03 +0200', 'Z')).toBe(
      Date.UTC(2015, 4, 17, 8, 5, 3),
    )
    expect(compilePattern('d/M/yyyy H:mm')('5/1/2026 9:07', '+01:00')).toBe(
      Date.UTC(2026, 0, 5, 8, 7),
    )
    expect(compilePattern('dd/MM/yyyy')('31/02/2026', 'Z')).toBeNull()
    expect(compilePattern('dd MMM yyyy')('31 Foo 2026', 'Z')).toBeNull()
  })
})
