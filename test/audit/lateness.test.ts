import { expect, test } from 'vitest'
import { isServedLate } from '../../functions/audit/lateness.ts'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { publishedThrough } from '../../functions/registry/timetable.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'

const scene = makeScene()
const timeMs = DAY0_MS + 10 * HOUR_MS + 20 * MINUTE_MS
const closedThroughMs = publishedThrough(scene, timeMs)
const arrivalMs = timeMs - 5 * MINUTE_MS
const onTime = { arrivalMs, appliedMs: arrivalMs + 1000 }

test('The newest published closing is that of the last run', () => {
  // At 10:05 the hour that ended at 09:00 has had its hour of lateness.
  expect(closedThroughMs).toBe(DAY0_MS + 9 * HOUR_MS)
  expect(publishedThrough(scene, DAY0_MS + 10 * HOUR_MS + 5 * MINUTE_MS)).toBe(closedThroughMs)
  expect(publishedThrough(scene, DAY0_MS + 10 * HOUR_MS + 5 * MINUTE_MS - 1)).toBe(
    DAY0_MS + 8 * HOUR_MS,
  )
})

test('A row is late where a closing was folded after its time', () => {
  expect(isServedLate(scene, [onTime], { timeMs, closedThroughMs })).toBe(false)
  const behind = closedThroughMs - HOUR_MS
  expect(isServedLate(scene, [], { timeMs, closedThroughMs: behind })).toBe(true)
  expect(isServedLate(scene, [], { timeMs, closedThroughMs: null })).toBe(true)
})

test('A row before a visible drop was applied is late', () => {
  const served = { timeMs, closedThroughMs }
  const late = { arrivalMs, appliedMs: timeMs + 1 }
  expect(isServedLate(scene, [onTime, late], served)).toBe(true)
  expect(isServedLate(scene, [{ arrivalMs, appliedMs: Infinity }], served)).toBe(true)
  // The rule does not count it yet, or its hours were folded.
  const tooNew = { arrivalMs: timeMs - scene.nearLineSeconds * 1000 + 1, appliedMs: timeMs + 1 }
  const folded = { arrivalMs: closedThroughMs - 1, appliedMs: timeMs + 1 }
  expect(isServedLate(scene, [tooNew, folded], served)).toBe(false)
})
