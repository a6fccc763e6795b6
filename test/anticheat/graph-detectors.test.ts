import { describe, expect, test } from 'vitest'
import { denseBlocks } from '../../functions/anticheat/detectors/dense-blocks.ts'
import { lockstep } from '../../functions/anticheat/detectors/lockstep.ts'
import {
  type ScreenedEvents,
  type ScreenedRow,
  screenedEvents,
} from '../../functions/anticheat/events.ts'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { shardOf } from '../../functions/math/hash.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { coveredBy, honestUsersHit, recallOf } from '../make/covered.ts'
import { createScreenedWorld } from '../make/screened-world.ts'

const LOOK_ALIKES = ['classroom', 'flash-crowd', 'power-users'] as const
const world = createScreenedWorld({
  seed: 31,
  users: 600,
  days: 8,
  attackStrength: 0.35,
  attacks: ['camouflage', 'lockstep-promotion', ...LOOK_ALIKES],
})
const honest = createScreenedWorld({ seed: 32, users: 600, days: 8, attacks: [...LOOK_ALIKES] })
const idsOf = (findings: readonly { id: string }[]): string[] =>
  [...new Set(findings.map(({ id }) => id))].sort()

/** The events of the items of one shard, as a screening reads them. */
function shardEvents(events: ScreenedEvents, shard: number, shards: number): ScreenedEvents {
  const rows: ScreenedRow[] = []
  for (let place = 0; place < events.length; place++) {
    const item = events.items[events.item[place]!]!
    if (shardOf(item, shards) !== shard) continue
    const outcome = events.outcome[place]!
    rows.push({
      event: String(place).padStart(9, '0'),
      type: outcome < 0 ? 'impression' : 'outcome',
      timeMs: events.timeMs[place]!,
      user: events.users[events.user[place]!]!,
      item,
      request: events.request[place]! < 0 ? null : String(events.request[place]),
      outcome: outcome < 0 ? null : events.outcomes[outcome]!,
      position: events.position[place]! || null,
      drop: events.drops[events.drop[place]!]!,
    })
  }
  return screenedEvents(rows)
}

describe.each([
  { detector: denseBlocks, kind: 'camouflage', least: 0.85 },
  { detector: lockstep, kind: 'lockstep-promotion', least: 0.95 },
])('The detector $detector.name', ({ detector, kind, least }) => {
  const findings = detector.detect(world.events, { seed: 1 })

  test('It covers the events of its attack and no honest event', () => {
    const covered = coveredBy(world, findings)
    expect(recallOf(world, covered, kind)).toBeGreaterThanOrEqual(least)
    expect(honestUsersHit(world, covered)).toEqual([])
  })

  test('An honest log with look-alikes gives no finding', () => {
    expect(detector.detect(honest.events, { seed: 1 })).toEqual([])
  })

  test('The same events and seed give the same findings', () => {
    expect(detector.detect({ ...world.events }, { seed: 1 })).toEqual(findings)
  })

  test.each([2, 4])('Cut into %i shards it finds nearly the same users', (shards) => {
    const cut = Array.from({ length: shards }, (_, shard) =>
      detector.detect(shardEvents(world.events, shard, shards), { seed: 1 }),
    ).flat()
    const [whole, parts] = [idsOf(findings), idsOf(cut)]
    const both = whole.filter((id) => parts.includes(id)).length
    expect(both / new Set([...whole, ...parts]).size).toBeGreaterThanOrEqual(0.9)
  })

  test('A log without events, of one user or without clicks gives no finding', () => {
    const one = world.events.users[0]!
    const few = shardEvents(world.events, 0, 1)
    const impressions = few.outcome.map(() => -1)
    for (const events of [
      screenedEvents([]),
      screenedEvents([rowOf({ event: 'a', user: one })]),
      { ...few, outcome: impressions, impression: new Int32Array(few.length).fill(-1) },
    ])
      expect(detector.detect(events, { seed: 1 })).toEqual([])
  })
})

const rowOf = (over: Partial<ScreenedRow>): ScreenedRow => ({
  event: 'e',
  type: 'outcome',
  timeMs: 0,
  user: 'u',
  item: 'i',
  request: null,
  outcome: 'click',
  position: null,
  drop: 'd',
  ...over,
})

/** Background clicks on many items, and meetings of some users on some items. */
function meetings(times: number, items: number, users: number): ScreenedEvents {
  const uniform = seededUniform(5)
  const rows = Array.from({ length: 6000 }, (_, n) =>
    rowOf({
      event: `b${n}`,
      user: `b${Math.floor(uniform() * 500)}`,
      item: `i${Math.floor(uniform() * 300)}`,
      timeMs: Math.floor(uniform() * 72 * HOUR_MS),
    }),
  )
  for (let time = 0; time < times; time++)
    for (let item = 0; item < items; item++)
      for (let user = 0; user < users; user++)
        rows.push(
          rowOf({
            event: `m${time}-${item}-${user}`,
            user: `g${user}`,
            item: `i${time + item}`,
            timeMs: (5 + 10 * time) * HOUR_MS + Math.floor(uniform() * 5 * MINUTE_MS),
          }),
        )
  return screenedEvents(rows)
}
const gang = (users: number): string[] => Array.from({ length: users }, (_, n) => `g${n}`).sort()

describe('What is lockstep', () => {
  test('Six users who meet on three items six times are a gang', () => {
    expect(idsOf(lockstep.detect(meetings(6, 3, 6)))).toEqual(gang(6))
  })

  test('A class that opens one link every day is no gang', () => {
    expect(lockstep.detect(meetings(6, 1, 30))).toEqual([])
  })

  test('Two users in step are no gang', () => {
    expect(lockstep.detect(meetings(6, 3, 2))).toEqual([])
  })
})
