import { describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../functions/contract/time.ts'
import type { FoldedRow } from '../../functions/contract/values.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { openEntity } from '../../functions/reader/entity-values.ts'
import { rowValue } from '../features/row-value.ts'
import {
  blockOf,
  folded,
  foldedRow,
  hourAt,
  markAt,
  NEAR_LINE_MS,
  openName,
  seriesOfItem,
} from './online-rows.ts'
import { FOLDED, makeRow, NOW_MS as VECTORS_NOW_MS } from './vectors/rows.ts'

const SHOWN = seriesOfItem()
/** Between 11:00 and 12:00: hours through 10:00 are closed. */
const NOW_MS = hourAt(11) + 1_800_000

function openRow(row: Record<string, unknown>, scene: FoldedRow | null = foldedRow()) {
  const faults: string[] = []
  const values = openEntity(row, scene, (fault) => faults.push((fault as Error).message))
  const count = (timeMs = NOW_MS, windowHours = 24, isNearLine = true): unknown =>
    values.stateOf(SHOWN, timeMs, windowHours, isNearLine)
  return { values, faults, count }
}

describe('The values of one entity', () => {
  test('A row without attributes has no events and no attributes', () => {
    const { values, count, faults } = openRow({}, null)
    expect(count()).toBeNull()
    expect(values.mark).toBeNull()
    expect(values.attributesOf(NOW_MS)).toBeNull()
    expect(faults).toEqual([])
  })

  test('A window has the running hour and whole hours before it', () => {
    const { count } = openRow({ ring: blockOf(SHOWN, { 7: 1, 8: 10, 9: 100, 11: 1000, 12: 9 }) })
    expect(count(NOW_MS, 4)).toBe(1111)
    expect(count(NOW_MS, 3)).toBe(1110)
    expect(count(NOW_MS, 2)).toBe(1100)
    expect(count(hourAt(9) - 1, 4)).toBe(11)
    expect(count(hourAt(40), 4)).toBeNull()
  })

  test('A drop counts from its arrival plus the near line delay on', () => {
    const arrivalMs = NOW_MS - NEAR_LINE_MS
    const { count } = openRow({
      ring: blockOf(SHOWN, { 9: 1 }),
      folded: folded(markAt(10)),
      [openName(arrivalMs)]: blockOf(SHOWN, { 11: 10 }),
    })
    expect(count()).toBe(11)
    expect(count(NOW_MS - 1)).toBe(1)
    expect(count(NOW_MS, 24, false)).toBe(1)
  })

  test('Events ahead of their arrival delay their drop until they have happened', () => {
    const arrivalMs = NOW_MS - NEAR_LINE_MS
    const { count } = openRow({ [openName(arrivalMs)]: blockOf(SHOWN, { 11: 10 }, 5000) })
    expect(count(NOW_MS + 4999)).toBeNull()
    expect(count(NOW_MS + 5000)).toBe(10)
  })

  test('The later of both marks decides which hours of a drop count', () => {
    const arrivalMs = hourAt(10) + 60_000
    const row = {
      ring: blockOf(SHOWN, { 9: 1 }),
      [openName(arrivalMs)]: blockOf(SHOWN, { 9: 10, 10: 100 }),
    }
    const countWith = (own: number, scene: number): unknown =>
      openRow({ ...row, folded: folded(markAt(own)) }, foldedRow(markAt(scene))).count()
    expect(countWith(9, 9)).toBe(111)
    expect(countWith(10, 9)).toBe(101)
    expect(countWith(9, 10)).toBe(101)
    expect(countWith(11, 9)).toBe(1)
  })

  test('A drop that arrived after a closing stays open', () => {
    const mark = markAt(10)
    const row = (arrivalMs: number) => ({
      folded: folded(mark),
      [openName(arrivalMs)]: blockOf(SHOWN, { 9: 10 }),
    })
    expect(openRow(row(mark.arrivedThroughMs)).count()).toBeNull()
    expect(openRow(row(mark.arrivedThroughMs + 1)).count()).toBe(10)
  })

  test('Excluded hours do not count from their own time on', () => {
    const exclusions = [{ fromMs: hourAt(8), throughMs: hourAt(10), sinceMs: NOW_MS }]
    const { count } = openRow(
      {
        ring: blockOf(SHOWN, { 7: 1, 8: 10, 9: 100, 10: 1000 }),
        [openName(hourAt(10))]: blockOf(SHOWN, { 9: 7, 10: 10_000 }),
      },
      foldedRow({ exclusions }),
    )
    expect(count(NOW_MS - 1)).toBe(11_118)
    expect(count()).toBe(11_001)
  })

  test('States other than counts are merged over hours and drops', () => {
    const last = seriesOfItem({ id: '00000002', state: 'last' })
    const { values } = openRow({
      ring: blockOf(last, { 8: hourAt(8) + 5, 9: hourAt(9) + 5 }),
      [openName(hourAt(10))]: blockOf(last, { 9: hourAt(9) + 7 }),
    })
    expect(values.stateOf(last, NOW_MS, 24, true)).toBe(hourAt(9) + 7)
    expect(values.stateOf(last, NOW_MS, 24, false)).toBe(hourAt(9) + 5)
    expect(values.stateOf(last, NOW_MS, 1, true)).toBeNull()
    expect(values.stateOf(SHOWN, NOW_MS, 24, true)).toBeNull()
    expect([...values.bucketsOf(last, NOW_MS, 24, true)]).toEqual([
      [hourAt(8), hourAt(8) + 5],
      [hourAt(9), hourAt(9) + 7],
    ])
  })

  test('A block of a newer format is reported and gives no events', () => {
    const ring = blockOf(SHOWN, { 9: 1 })
    const newer = ring.slice()
    newer[2] = 2
    const { count, faults } = openRow({ ring, [openName(hourAt(10))]: newer })
    expect(count()).toBeNull()
    expect(count()).toBeNull()
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(/open\.\d+-\w+: got format version 2, expected version 1/)
  })

  test('A changed byte of a block is reported once', () => {
    const ring = blockOf(SHOWN, { 8: 1, 9: 1 })
    for (let at = 0; at < ring.length; at++) {
      const changed = ring.slice()
      changed[at]! ^= 16
      const { count, faults } = openRow({ ring: changed })
      expect(count()).toBeNull()
      expect(faults).toHaveLength(1)
    }
    expect(openRow({ ring: 'text' }).faults).toEqual(['ring: got string, expected bytes'])
    expect(openRow({ ring, folded: 'late' }).faults).toEqual([
      'folded: got "late", expected a mark',
    ])
  })

  test('States that end too early are reported, although the checksum is right', () => {
    const last = seriesOfItem({ state: 'last-items' })
    const { values, faults } = openRow({ ring: blockOf(SHOWN, { 9: 200 }) })
    expect(values.stateOf(last, NOW_MS, 24, true)).toBeNull()
    expect(values.stateOf(last, NOW_MS, 24, true)).toBeNull()
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(/^ring: /)
  })

  test('The newest statement counts after its delay, the previous one until then', () => {
    const statement = { order: 'b', knowableMs: NOW_MS, attributes: '{"year":1e+21}' }
    const previous = { order: 'a', knowableMs: NOW_MS - HOUR_MS, attributes: '{"year":2}' }
    const { values } = openRow({ statement, previous })
    expect(values.attributesOf(NOW_MS + NEAR_LINE_MS)).toEqual({ year: 1e21 })
    expect(values.attributesOf(NOW_MS + NEAR_LINE_MS - 1)).toEqual({ year: 2 })
    expect(values.attributesOf(NOW_MS - HOUR_MS)).toBeNull()
    const first = openRow({ statement, previous: null })
    expect(first.values.attributesOf(NOW_MS)).toBeNull()
    expect(openRow({ statement: { order: 'a' } }).faults).toHaveLength(1)
  })

  test('Any row has the values of the rule, hour by hour', () => {
    const uniform = seededUniform(3)
    const counts = [SHOWN, seriesOfItem({ id: '00000002', event: 'click' })]
    let visible = 0
    for (let n = 0; n < 400; n++) {
      const row = makeRow(uniform, counts)
      const timeMs = VECTORS_NOW_MS - Math.floor(uniform() * 90) * 60_000
      const windowHours = 1 + Math.floor(uniform() * 48)
      const { values } = openRow(row, FOLDED)
      for (const series of counts) {
        const expected = rowValue(row, FOLDED, series, timeMs, windowHours)
        expect(values.stateOf(series, timeMs, windowHours, true) ?? 0).toBe(expected)
        const buckets = values.bucketsOf(series, timeMs, windowHours, true)
        expect(buckets.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(expected)
        if (expected > 0) visible++
      }
    }
    expect(visible).toBeGreaterThan(300)
  })
})
