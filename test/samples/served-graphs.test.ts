import { expect, test } from 'vitest'
import type { ServedGenerations } from '../../functions/contract/served-generations.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { planSampleSets } from '../../functions/samples/plan.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'

const closedThroughMs = DAY0_MS + 2 * DAY_MS
/** The sets of two days with one closed hour each. */
const plan = (graphs?: ServedGenerations) =>
  planSampleSets({
    ...{ scene: makeScene(), tier: 'full', dataFromMs: DAY0_MS, dataThroughMs: closedThroughMs },
    ...{ lateSinceMs: null, closedThroughMs, counters: [], drops: [], entities: [] },
    ...{ exclusions: [], verdicts: null, codeDigest: 'c', graphs },
    closed: [0, 1].map((day) => ({
      ...{ scene: 'feed', hourMs: DAY0_MS + day * DAY_MS + HOUR_MS, closedThroughMs, accepted: 9 },
    })),
  })
const served = (...generations: [number, string][]): ServedGenerations =>
  generations.map(([sinceMs, generation]) => ({ sinceMs, generation }))
const [EARLY, NOON] = [DAY0_MS - DAY_MS, DAY0_MS + 1.5 * DAY_MS]

test('A set names the graphs that were served in its day', () => {
  const sets = plan(served([EARLY - DAY_MS, 'old'], [EARLY, 'one'], [NOON, 'two']))
  expect(sets.map(({ tasks }) => tasks[0]!.graphs)).toEqual([
    served([EARLY, 'one']),
    served([EARLY, 'one'], [NOON, 'two']),
  ])
})

test('Another graph makes another set, of the days that it was served', () => {
  const digests = (graphs?: ServedGenerations) => plan(graphs).map(({ set }) => set.inputsDigest)
  const [first, second] = digests(served([EARLY, 'one'], [NOON, 'two']))
  const [same, other] = digests(served([EARLY, 'one'], [NOON, 'three']))
  expect(same).toBe(first)
  expect(other).not.toBe(second)
  expect(digests()).not.toContain(first)
  expect(plan().every(({ tasks }) => !('graphs' in tasks[0]!))).toBe(true)
})
