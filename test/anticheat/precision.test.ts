import { describe, expect, test } from 'vitest'
import { AGREEMENT, agreementOf } from '../../functions/anticheat/agreement.ts'
import { denseBlocks } from '../../functions/anticheat/detectors/dense-blocks.ts'
import { honeypot } from '../../functions/anticheat/detectors/honeypot.ts'
import { lockstep } from '../../functions/anticheat/detectors/lockstep.ts'
import { fitExpectedClicks } from '../../functions/anticheat/expected-clicks.ts'
import { judge } from '../../functions/anticheat/judge.ts'
import { countHoldback, createHoldback } from '../../functions/anticheat/measure-holdback.ts'
import { recaptureUsers } from '../../functions/anticheat/recapture.ts'
import { countFalseFindings, redrawOutcomes } from '../../functions/anticheat/redraw.ts'
import { isAlways } from '../../functions/anticheat/windows.ts'
import { DAY_MS, floorDay } from '../../functions/contract/time.ts'
import type { Finding } from '../../functions/contract/verdicts.ts'
import { unitInterval } from '../../functions/math/hash.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { rateRatio } from '../../functions/math/rate-ratio.ts'
import { recapture } from '../../functions/math/recapture.ts'
import { createScreenedWorld } from '../make/screened-world.ts'

const world = createScreenedWorld({
  seed: 51,
  users: 400,
  days: 8,
  attackStrength: 0.5,
  attacks: ['lockstep-promotion', 'camouflage'],
})
const { events } = world
const detectors = [
  { name: denseBlocks.name, detect: (all: typeof events) => denseBlocks.detect(all, { seed: 1 }) },
  { name: lockstep.name, detect: (all: typeof events) => lockstep.detect(all) },
]
const findings = detectors.flatMap(({ detect }) => detect(events))

describe('Capture and recapture', () => {
  test("Chapman's estimate is that of its worked example", () => {
    // 10 turtles marked, 15 caught later, 5 of them marked: about 28 (Wikipedia, "Mark and recapture").
    const { total, low, high, seen } = recapture(10, 15, 5)
    expect(total).toBeCloseTo((11 * 16) / 6 - 1, 10)
    expect(seen).toBe(20)
    expect(low).toBeGreaterThan(20)
    expect(high).toBeGreaterThan(total)
  })

  test('The interval contains the truth in most of many catches', () => {
    const uniform = seededUniform(3)
    let inside = 0
    for (let run = 0; run < 400; run++) {
      let [first, second, both] = [0, 0, 0]
      for (let n = 0; n < 200; n++) {
        const [a, b] = [uniform() < 0.5, uniform() < 0.4]
        first += Number(a)
        second += Number(b)
        both += Number(a && b)
      }
      const { low, high } = recapture(first, second, both)
      inside += Number(low <= 200 && 200 <= high)
    }
    expect(inside / 400).toBeGreaterThan(0.91)
    expect(inside / 400).toBeLessThan(0.99)
  })

  test('A number in common above a catch is refused', () => {
    expect(() => recapture(3, 5, 4)).toThrow('4 in common of 3 and 5')
  })

  test('Two kinds of evidence give the share of cheats seen', () => {
    const [estimate] = recaptureUsers(findings)
    const gang = new Set(lockstep.detect(events).map(({ id }) => id))
    expect(estimate).toMatchObject({ evidence: ['timing', 'graph'], first: gang.size })
    expect(estimate!.recall).toBeGreaterThan(0.9)
    expect(recaptureUsers(findings.filter(({ evidence }) => evidence === 'graph'))).toEqual([])
  })
})

describe('Redraws of the outcomes', () => {
  test('A redraw keeps impressions and the expected number of clicks', () => {
    const nobody = new Set<string>()
    const redrawn = redrawOutcomes(events, nobody, 1)
    const shown = (all: typeof events): number => all.outcome.filter((code) => code < 0).length
    expect(shown(redrawn)).toBe(shown(events))
    const expected = fitExpectedClicks(events).probability.reduce((sum, p) => sum + p, 0)
    const clicks = redrawn.length - shown(redrawn)
    expect(Math.abs(clicks - expected)).toBeLessThan(4 * Math.sqrt(expected))
    // One assertion for all places: one each would take a minute.
    const isRight = (code: number, place: number): boolean => {
      const { timeMs, impression, user, item } = redrawn
      const shownAt = impression[place]!
      if (place > 0 && timeMs[place]! < timeMs[place - 1]!) return false
      if (code < 0) return shownAt === -1
      return user[shownAt] === user[place] && item[shownAt] === item[place]
    }
    expect(redrawn.outcome.every(isRight)).toBe(true)
    const timesOf = (seed: number): string => String(redrawOutcomes(events, nobody, seed).timeMs)
    expect(timesOf(1) === String(redrawn.timeMs)).toBe(true)
    expect(timesOf(2) === String(redrawn.timeMs)).toBe(false)
  })

  const accused = new Set(findings.map(({ id }) => id))
  const detectAll = (drawn: typeof events) => detectors.flatMap(({ detect }) => detect(drawn))

  test('Detectors find almost nothing in redraws of a log with cheats', () => {
    expect(accused.size).toBeGreaterThan(20)
    for (const seed of [1, 2, 3]) {
      const redraws = countFalseFindings(events, detectAll, { accused, seed })
      expect(redraws.runs).toBe(1)
      expect(redraws.findings).toBeLessThanOrEqual(2)
    }
  })

  test('A redraw of a long log takes a part of its users', () => {
    const seen: (typeof events)[] = []
    const keep = (drawn: typeof events): Finding[] => {
      seen.push(drawn)
      return []
    }
    const half = events.length / 2
    const part = countFalseFindings(events, keep, { accused, seed: 1 }, half)
    const whole = countFalseFindings(events, keep, { accused, seed: 1 })
    expect(part.drawn).toBeLessThan(0.65 * whole.drawn)
    expect(part.drawn).toBeGreaterThan(0.35 * whole.drawn)
    const users = (drawn: typeof events) => new Set(drawn.user)
    const [fewer, all] = seen.map(users)
    expect([...fewer!].every((user) => all!.has(user))).toBe(true)
    expect(seen[1]!.user.some((user) => accused.has(events.users[user]!))).toBe(false)
  })
})

const rowAt = (place: number) => ({
  event: String(place),
  user: events.users[events.user[place]!]!,
  item: events.items[events.item[place]!]!,
  drop: 'd',
  timeMs: events.timeMs[place]!,
  type: events.outcome[place]! < 0 ? 'impression' : 'outcome',
})

describe('A holdback', () => {
  test('Cheats that are held back click more than honest users', () => {
    const holdback = { share: 0.2, seed: 9 }
    const { verdicts, counts } = judge({
      findings,
      previous: [],
      statements: [],
      screenedMs: 0,
      holdback,
    })
    expect(counts.heldBack).toBeGreaterThan(1)
    const measured = createHoldback(verdicts, holdback)
    for (const place of events.outcome.keys()) countHoldback(measured, rowAt(place))
    const { impressions, clicks, otherImpressions, otherClicks } = measured.counts
    expect(measured.counts.verdicts).toBe(counts.heldBack)
    const ratio = rateRatio(
      { count: clicks, of: impressions },
      { count: otherClicks, of: otherImpressions },
    )!
    expect(ratio.low).toBeGreaterThan(1)
    const held = new Set(
      findings.map(({ id }) => id).filter((id) => unitInterval(`holdback\nuser\n${id}`, 9) < 0.2),
    )
    const isHeld = (place: number): boolean => held.has(events.users[events.user[place]!]!)
    const shown = events.outcome.filter((code, place) => code < 0 && isHeld(place))
    expect(impressions).toBeLessThanOrEqual(shown.length)
    expect(impressions).toBeGreaterThan(0)
  })

  test('Verdicts that are not held back count on neither side', () => {
    const holdback = { share: 0, seed: 9 }
    const { verdicts } = judge({
      ...{ findings, previous: [], statements: [], screenedMs: 0 },
      holdback,
    })
    const measured = createHoldback(verdicts, holdback)
    for (const place of events.outcome.keys()) countHoldback(measured, rowAt(place))
    const { counts } = measured
    expect(counts).toMatchObject({ verdicts: 0, impressions: 0, clicks: 0 })
    expect(counts.otherImpressions + counts.otherClicks).toBeLessThan(events.length)
  })

  test('The interval of a rate ratio is that of its formula', () => {
    const { value, low, high } = rateRatio({ count: 25, of: 50 }, { count: 100, of: 1000 })!
    expect(value).toBeCloseTo(5, 10)
    // exp(1.96 × √(1/25 + 1/100)) = 1.55
    expect(value / low).toBeCloseTo(1.55, 2)
    expect(high / value).toBeCloseTo(1.55, 2)
    expect(rateRatio({ count: 0, of: 50 }, { count: 1, of: 2 })).toBeNull()
  })
})

describe('Honeypots and agreement', () => {
  const user = events.users[events.user[0]!]!
  const caught = honeypot.detect(events, {
    honeypots: [events.items[events.item[0]!]!, 'never-shown'],
  })

  test('Any event on a honeypot is a mechanical finding of its user', () => {
    expect(caught.map(({ id }) => id)).toContain(user)
    const count = events.user.filter((code) => events.users[code] === user).length
    expect(caught.find(({ id }) => id === user)).toMatchObject({
      evidence: 'mechanical',
      items: [],
      events: count,
    })
    expect(honeypot.detect(events, { honeypots: ['never-shown'] })).toEqual([])
  })

  test('Mechanical evidence on all events gives a whole account', () => {
    const own = caught.filter(({ id }) => id === user)
    const inputs = { previous: [], statements: [], screenedMs: 30 * DAY_MS }
    const judged = (given: readonly Finding[]) =>
      judge({ findings: given, ...inputs, holdback: { share: 0, seed: 1 } }).verdicts
    expect(judged([...own, ...agreementOf(events, own)]).some(isAlways)).toBe(true)
    expect(judged(own).some(isAlways)).toBe(false)
  })

  test('Agreement counts events that two kinds of evidence cover', () => {
    const [first, second] = ['timing', 'graph'].map(
      (evidence): Finding => ({
        ...caught.find(({ id }) => id === user)!,
        evidence: evidence as Finding['evidence'],
      }),
    ) as [Finding, Finding]
    const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)
    const open = (...given: Finding[]): number =>
      sum(agreementOf(events, given).map(({ expected }) => expected))
    const days = agreementOf(events, [first])
    expect(days.every(({ detector }) => detector === AGREEMENT)).toBe(true)
    expect(sum(days.map((day) => day.events))).toBe(first.events)
    const dates = days.map(({ fromMs, throughMs }) => [floorDay(fromMs), floorDay(throughMs - 1)])
    expect(dates.every(([from, through]) => from === through)).toBe(true)
    expect(new Set(dates.map(([from]) => from)).size).toBe(days.length)
    expect(open(first)).toBe(first.events)
    expect(open(first, first)).toBe(first.events)
    expect(open(first, second)).toBe(0)
    expect(open(first, { ...second, fromMs: first.fromMs + 1 })).toBeGreaterThan(0)
  })
})
