import { expect, test } from 'vitest'
import { committedThrough } from '../../functions/closing/committed-closing.ts'
import {
  closingAttemptKey,
  closingCommitKey,
  closingPlanKey,
} from '../../functions/contract/keys.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { DAY0_MS } from '../make/events.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { makeScene } from '../make/scene.ts'

const scene = makeScene()
const hour = (n: number): number => DAY0_MS + n * HOUR_MS
/** Closings through these hours; those of `open` are not committed. */
function lakeOf(closed: readonly number[], open: readonly number[] = []) {
  const lake = memoryObjects('lake')
  for (const n of [...closed, ...open]) lake.drop(closingPlanKey('feed', hour(n)), '{}')
  for (const n of closed) lake.drop(closingCommitKey('feed', hour(n)), '{}')
  return lake
}
/** At a time, hours that ended an hour of lateness ago can be closed. */
const at = (lake: ReturnType<typeof lakeOf>, n: number) =>
  committedThrough(lake, scene, hour(n) + 25 * MINUTE_MS)

test('The newest committed closing of the time counts, and no later one', async () => {
  const lake = lakeOf([1, 2, 3], [4])
  expect(await at(lake, 3)).toBe(hour(2))
  expect(await at(lake, 4)).toBe(hour(3))
  expect(await at(lake, 9)).toBe(hour(3))
  expect(await at(lake, 1)).toBeNull()
})

test('Other objects of a closing do not commit it', async () => {
  const lake = lakeOf([1], [2])
  lake.drop(closingAttemptKey('feed', hour(2), { closedThroughMs: hour(1), piece: 0 }), '{}')
  expect(await at(lake, 9)).toBe(hour(1))
})

test('After a long silence the whole chain is read', async () => {
  const lake = lakeOf([1, 2])
  expect(await committedThrough(lake, scene, DAY0_MS + 30 * DAY_MS)).toBe(hour(2))
})
