import { describe, expect, test } from 'vitest'
import type { Drop } from '../../cdk/cli/world/world.ts'
import { DAY_MS, HOUR_MS, isoSeconds, MINUTE_MS } from '../../functions/contract/time.ts'
import { DAY0_MS } from '../make/events.ts'
import { openPipeline } from '../make/pipeline.ts'
import { makeScene } from '../make/scene.ts'

const DAYS = 3
const ROWS_AN_HOUR = 30
const scene = makeScene({
  canary: undefined,
  // Detectors would exclude who clicks everything.
  anticheat: { screening: 'off', honeypots: [], holdback: 0, seed: 1 },
})

/** Orders as a log may hold them: each was shown, or done, or both. */
function* drops(isShown: boolean, isDone: boolean): Generator<Drop> {
  for (let hour = 0; hour < DAYS * 24; hour++) {
    const fromMs = DAY0_MS + hour * HOUR_MS
    const lines = Array.from({ length: ROWS_AN_HOUR }, (_, n) => {
      const timeMs = fromMs + n * MINUTE_MS
      const id = `${hour}-${n}`
      const about = { userId: `u${n}`, itemId: `i${(hour + n) % 40}`, requestId: id }
      const shown = { type: 'impression', eventId: id, timeMs, ...about }
      const done = { type: 'outcome', outcome: 'click', eventId: `${id}-c`, ...about }
      return [...(isShown ? [shown] : []), ...(isDone ? [{ ...done, timeMs: timeMs + 1000 }] : [])]
    }).flat()
    yield {
      arrivalMs: fromMs + HOUR_MS + MINUTE_MS,
      kind: 'events',
      name: `${hour}.jsonl`,
      body: Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
      metadata: {},
      records: lines.length,
    }
  }
}

describe('A log of one label', () => {
  test.each([
    ['of showings without outcomes', true, false, /^0 positive and \d+ negative samples/],
    ['in which all that was shown was clicked', true, true, /^\d+ positive and 0 negative samples/],
    ['of outcomes without showings', false, true, /^0 samples, fewer than the 100/],
  ] as const)(
    'A log %s trains and releases nothing and gives the reason',
    async (_, shown, done, why) => {
      const { registry, play } = openPipeline(scene)
      await play(drops(shown, done), DAY0_MS, DAY0_MS + DAYS * DAY_MS + 5 * HOUR_MS)
      expect(await registry.versions()).toEqual([])
      expect(await registry.current()).toBeNull()
      const decisions = await registry.decisions()
      const ofRuns = Array.from({ length: DAYS }, (_, day) => DAY0_MS + (day + 1) * DAY_MS)
      for (const dayMs of ofRuns) {
        const timeMs = dayMs + 2.5 * HOUR_MS
        const found = decisions.filter((decision) => decision.timeMs === timeMs)
        expect(found, isoSeconds(timeMs)).toMatchObject([
          { kind: 'skip', tier: 'daily', version: null, reason: expect.stringMatching(why) },
        ])
      }
    },
    120_000,
  )
})
