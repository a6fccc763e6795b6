import { expect, test } from 'vitest'
import { indexVerdicts, matchVerdict } from '../../functions/anticheat/match.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { NOON, verdict } from '../make/verdicts.ts'

const EVENT = { user: 'u1', item: 'i1', drop: 'd1', timeMs: NOON }

test('An event outside of the interval is not matched', () => {
  const index = indexVerdicts([verdict({ fromMs: NOON, throughMs: NOON + HOUR_MS })])
  expect(matchVerdict(index, EVENT)).toEqual({ action: 'exclude', reason: 'focus', weight: 0 })
  expect(matchVerdict(index, { ...EVENT, timeMs: NOON - 1 })).toBeNull()
  expect(matchVerdict(index, { ...EVENT, timeMs: NOON + HOUR_MS })).toBeNull()
  expect(matchVerdict(index, { ...EVENT, user: 'u2' })).toBeNull()
})

test('A verdict with items matches only events on these items', () => {
  const index = indexVerdicts([verdict({ items: '["i2","i3"]' })])
  expect(matchVerdict(index, EVENT)).toBeNull()
  expect(matchVerdict(index, { ...EVENT, item: 'i3' })).not.toBeNull()
})

test('The strictest of several verdicts holds, in any order of rows', () => {
  const rows = [
    verdict({ action: 'watch', reason: 'a', weight: 1 }),
    verdict({ action: 'weigh', reason: 'b', weight: 0.5 }),
    verdict({ action: 'weigh', reason: 'c', weight: 0.2, subject: 'item', id: 'i1' }),
  ]
  for (const order of [rows, [...rows].reverse()])
    expect(matchVerdict(indexVerdicts(order), EVENT)).toEqual({
      action: 'weigh',
      reason: 'c',
      weight: 0.2,
    })
})

test('Verdicts on drops and hours match every user', () => {
  const drop = indexVerdicts([verdict({ subject: 'drop', id: 'd1' })])
  expect(matchVerdict(drop, EVENT)?.action).toBe('exclude')
  const hour = indexVerdicts([verdict({ subject: 'hour', id: String(NOON) })])
  expect(matchVerdict(hour, { ...EVENT, timeMs: NOON + 5 })?.action).toBe('exclude')
  expect(matchVerdict(hour, { ...EVENT, timeMs: NOON - 1 })).toBeNull()
})
