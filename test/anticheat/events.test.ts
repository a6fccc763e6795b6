import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ScreenedRow, screenedEvents } from '../../functions/anticheat/events.ts'

/** Few users, items, requests and moments: most outcomes have several impressions to choose from. */
const rows = fc
  .array(
    fc.record({
      type: fc.constantFrom('impression', 'impression', 'outcome'),
      timeMs: fc.integer({ min: 0, max: 30 }),
      user: fc.constantFrom('u1', 'u2', 'u3'),
      item: fc.constantFrom('i1', 'i2', 'i3'),
      request: fc.constantFrom(null, 'r1', 'r2'),
    }),
    { minLength: 30, maxLength: 60 },
  )
  .map((all) =>
    all.map(
      (row, n): ScreenedRow => ({
        ...row,
        event: `e${String(n).padStart(2, '0')}`,
        outcome: row.type === 'outcome' ? 'click' : null,
        ...{ position: null, drop: 'd' },
      }),
    ),
  )

/** The impression of each outcome, as the interface says it: by a search among all that came before. */
function linkPlainly(sorted: readonly ScreenedRow[]): number[] {
  return sorted.map(({ type, user, item, request }, place) => {
    if (type === 'impression') return -1
    const shown = Array.from({ length: place }, (_, before) => before).filter((before) => {
      const other = sorted[before]!
      const isOfSlate = request === null || other.request === request
      return other.type === 'impression' && other.user === user && other.item === item && isOfSlate
    })
    return (request === null ? shown.at(-1) : shown[0]) ?? -1
  })
}

test('Each outcome belongs to the impression that a plain search finds', () => {
  let linked = 0
  fc.assert(
    fc.property(rows, (all) => {
      const sorted = [...all].sort((a, b) => a.timeMs - b.timeMs || (a.event < b.event ? -1 : 1))
      const expected = linkPlainly(sorted)
      expect([...screenedEvents(all).impression]).toEqual(expected)
      linked += expected.filter((place) => place >= 0).length
    }),
  )
  expect(linked).toBeGreaterThan(500)
})
