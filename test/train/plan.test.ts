import { describe, expect, test } from 'vitest'
import type { HoldRow, VersionRow } from '../../functions/contract/registry.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { OWN_STATE } from '../../functions/contract/training.ts'
import { shapeDigest } from '../../functions/core/configuration.ts'
import {
  chooseBase,
  chooseComparedVersions,
  chooseFirstHoldout,
  chooseHoldout,
  decideRun,
  skipReason,
} from '../../functions/train/plan.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeVersion } from '../make/lineage.ts'
import { makeScene } from '../make/scene.ts'

const scene = makeScene()
const at = (day: number): number => DAY0_MS + day * DAY_MS
const decide = (tier: 'daily' | 'full', versions: ReturnType<typeof makeVersion>[], day = 5) =>
  decideRun(scene, tier, at(day) + HOUR_MS, versions)
const days = (...numbers: number[]) =>
  numbers.map((day) => ({ fromMs: at(day), inputsDigest: `d${day}`, shards: 1 }))

describe('A run', () => {
  test('A daily run without an accepted version trains a full and explains', () => {
    const decision = decide('daily', [makeVersion(1, { status: 'refused' })])
    expect(decision).toMatchObject({
      tier: 'full',
      parent: null,
      dataFromMs: at(5 - 28),
      dataThroughMs: at(5),
    })
    expect(decision.tierReason).toMatch(/no accepted version to continue/)
  })

  test('A daily run continues the last accepted version from its data end', () => {
    const last = makeVersion(4)
    expect(decide('daily', [makeVersion(3), last])).toMatchObject({
      tier: 'daily',
      parent: last,
      dataFromMs: at(4),
      dataThroughMs: at(5),
    })
  })

  test('A run prefers a full over a daily with the same days', () => {
    const full = makeVersion(4, { tier: 'full', dataFromMs: at(0) })
    expect(chooseBase([makeVersion(4), full], at(5))).toBe(full)
  })

  test('A model of another shape is never continued; a daily trains full', () => {
    const other = makeVersion(4, { shapeDigest: 'another' })
    const decision = decide('daily', [makeVersion(3, { shapeDigest: 'another' }), other])
    expect(decision).toMatchObject({ tier: 'full', parent: null })
    expect(decision.tierReason).toContain(`of another shape than ${other.version}`)
    const ours = makeVersion(3)
    expect(decide('daily', [ours, other])).toMatchObject({ tier: 'daily', parent: ours })
    const hourly = decideRun(scene, 'hourly', at(5), [other], [], other)
    expect(hourly.stop).toMatch(
      /another shape than .*: the hourly chain rests until the next daily trains a full$/,
    )
  })

  test('A run continues only its own image state, across trainer versions', () => {
    const ours = makeVersion(4, { codeDigest: 'an earlier version' })
    const daily = (state: string, base = ours) =>
      decideRun(scene, 'daily', at(5) + HOUR_MS, [base], [], base, shapeDigest(scene, state))
    expect(daily(OWN_STATE)).toMatchObject({ tier: 'daily', parent: ours })
    expect(daily('sgd-1')).toMatchObject({ tier: 'full', parent: null })
    expect(daily('sgd-1').tierReason).toMatch(
      /the training image asks for a model of another shape/,
    )
    const theirs = makeVersion(4, { shapeDigest: shapeDigest(scene, 'sgd-1') })
    expect(daily('sgd-1', theirs)).toMatchObject({ tier: 'daily', parent: theirs })
    expect(daily('sgd-2', theirs)).toMatchObject({ tier: 'full', parent: null })
    expect(daily(OWN_STATE, theirs)).toMatchObject({ tier: 'full', parent: null })
    const shape = shapeDigest(scene, 'sgd-1')
    expect(decideRun(scene, 'hourly', at(5), [ours], [], ours, shape).stop).toMatch(
      /the training image asks for a model of another shape than .*: the hourly chain rests until the next daily trains a full$/,
    )
  })

  test('A refused or failed version passes its interval to the next', () => {
    const decision = decide('daily', [
      makeVersion(3),
      makeVersion(4, { status: 'refused' }),
      makeVersion(4, { version: 'daily-20260109-ffffffff', status: 'failed' }),
    ])
    expect(decision.dataFromMs).toBe(at(3))
  })

  test('A full run looks back as far as allowed without a parent', () => {
    expect(decide('full', [makeVersion(4)])).toMatchObject({
      tier: 'full',
      tierReason: 'scheduled',
      parent: null,
      dataFromMs: at(5 - 28),
    })
  })

  test('A run without new hours or events ends with a sentence', () => {
    expect(skipReason(decide('daily', [makeVersion(5)]), [])).toMatch(
      /nothing new: data through 2026-01-10 is trained on already/,
    )
    expect(skipReason(decide('daily', [makeVersion(4)]), [])).toMatch(
      /no closed events from 2026-01-09 to 2026-01-10: the interval joins the next run's/,
    )
    expect(skipReason(decide('daily', [makeVersion(4)]), days(4))).toBeNull()
  })

  test('A full holds out its last day if it has others', () => {
    expect(chooseHoldout(decide('full', []), days(3, 4))).toBe(at(4))
    expect(chooseHoldout(decide('full', []), days(4))).toBeNull()
    expect(chooseHoldout(decide('daily', [makeVersion(4)]), days(4))).toBeNull()
  })

  test('Before the first release, a run holds out a third of events', () => {
    const hours = (...events: number[]) =>
      events.map((count, n) => ({ hourMs: at(4) + n * HOUR_MS, events: count }))
    expect(chooseFirstHoldout(hours(100, 100, 100, 100, 100, 100))).toBe(at(4) + 4 * HOUR_MS)
    expect(chooseFirstHoldout(hours(300, 10, 10, 10))).toBeNull()
    expect(chooseFirstHoldout(hours(10, 10, 300))).toBe(at(4) + 2 * HOUR_MS)
    // Of a long log no more than tells: an hour of it may be enough.
    expect(chooseFirstHoldout(hours(...Array(40).fill(60_000)))).toBe(at(4) + 38 * HOUR_MS)
    // An hour that was closed again counts once.
    const again = [...hours(100, 100, 100), { hourMs: at(4) + 2 * HOUR_MS, events: 20 }]
    expect(chooseFirstHoldout(again)).toBe(at(4) + 2 * HOUR_MS)
    expect(chooseFirstHoldout(hours(100))).toBeNull()
    expect(chooseFirstHoldout([])).toBeNull()
  })
})

describe('The earlier versions compared', () => {
  const full = makeVersion(4, { tier: 'full' })
  const daily = makeVersion(4)
  test('An increment is compared with versions ending at its start, champion first', () => {
    const decision = decide('daily', [full, daily])
    expect(
      chooseComparedVersions(decision, null, [makeVersion(3), full, daily], daily.version),
    ).toEqual([daily.version, full.version])
    expect(chooseComparedVersions(decision, null, [full, daily], null)).toEqual([
      full.version,
      daily.version,
    ])
  })

  test('A full is compared with the newest versions before its holdout', () => {
    const decision = decide('full', [])
    const versions = [makeVersion(2), makeVersion(3), makeVersion(4), makeVersion(5)]
    expect(chooseComparedVersions(decision, at(4), versions, null)).toEqual([
      makeVersion(4).version,
    ])
    expect(chooseComparedVersions(decision, at(3), versions, null)).toEqual([
      makeVersion(3).version,
    ])
    expect(chooseComparedVersions(decision, null, versions, null)).toEqual([])
  })

  test('Versions without a model are never compared', () => {
    expect(
      chooseComparedVersions(
        decide('daily', [daily]),
        null,
        [makeVersion(4, { modelKey: null, status: 'failed' })],
        null,
      ),
    ).toEqual([])
  })
})

describe('An hourly run', () => {
  const hour = (day: number, of: number): number => at(day) + of * HOUR_MS
  const base = makeVersion(4)
  const hourly = (of: number, fields: Partial<VersionRow> = {}) =>
    makeVersion(4, {
      tier: 'hourly',
      version: `hourly-20260109${String(of).padStart(2, '0')}-00000000`,
      base: base.version,
      dataFromMs: hour(4, of - 1),
      dataThroughMs: hour(4, of),
      ...fields,
    })
  const decideAt = (of: number, versions: VersionRow[], holds: HoldRow[] = []) =>
    decideRun(scene, 'hourly', hour(4, of), versions, holds)
  const holdOn = (subject: string, isHeld = true): HoldRow => ({
    subject,
    isHeld,
    sinceMs: hour(4, 1),
    reason: 'worse than its base',
  })

  test('An hourly run starts a chain where the base data ended', () => {
    expect(decideAt(3, [makeVersion(3), base])).toMatchObject({
      tier: 'hourly',
      tierReason: `regrows the chain on ${base.version}`,
      parent: base,
      base,
      dataFromMs: at(4),
      dataThroughMs: hour(4, 3),
      stop: null,
    })
  })

  test('An hourly run continues the head of its chain', () => {
    const head = hourly(2)
    expect(decideAt(3, [base, head, hourly(1)])).toMatchObject({
      tierReason: `continues ${head.version} on ${base.version}`,
      parent: head,
      base,
      dataFromMs: hour(4, 2),
      dataThroughMs: hour(4, 3),
    })
  })

  test('An hourly run regrows the whole chain on a newer base', () => {
    const newer = makeVersion(5)
    const old = hourly(2)
    const decision = decideRun(scene, 'hourly', hour(5, 2), [base, old, newer])
    expect(decision).toMatchObject({ parent: newer, base: newer, dataFromMs: at(5) })
    const full = makeVersion(4, { tier: 'full', scheduledMs: hour(4, 4) })
    expect(decideAt(5, [base, old, full])).toMatchObject({
      parent: full,
      base: full,
      dataFromMs: at(4),
      dataThroughMs: hour(4, 5),
    })
  })

  test.each(['refused', 'failed', 'started'] as const)(
    'An increment that is %s passes its hours to the next run',
    (status) => {
      expect(decideAt(3, [base, hourly(1), hourly(2, { status })])).toMatchObject({
        parent: hourly(1),
        dataFromMs: hour(4, 1),
        dataThroughMs: hour(4, 3),
      })
    },
  )

  test('An hourly run rests after a fallback until another base comes', () => {
    const holds = [holdOn(base.version)]
    const held = decideAt(3, [base], holds)
    expect(held.stop).toMatch(
      /^the chain on daily-20260109-[0-9a-f]{8} is on hold since 2026-01-09T01:00:00Z \(worse than its base\): the next full or daily starts another chain$/,
    )
    expect(skipReason(held, days(4))).toBe(held.stop)
    expect(decideRun(scene, 'hourly', hour(5, 2), [base, makeVersion(5)], holds).stop).toBeNull()
    expect(decideAt(3, [base], [holdOn(base.version, false)]).stop).toBeNull()
  })

  test('Hourly and daily runs rest while their tier is frozen', () => {
    expect(decideAt(3, [base], [holdOn('hourly')]).stop).toMatch(
      /^the hourly tier is frozen since 2026-01-09T01:00:00Z: worse than its base$/,
    )
    expect(decideRun(scene, 'daily', hour(5, 1), [base], [holdOn('hourly')]).stop).toBeNull()
    expect(decideRun(scene, 'daily', hour(5, 1), [base], [holdOn('daily')]).stop).toMatch(/frozen/)
  })

  test('An hourly run has nothing to do before the first base', () => {
    const decision = decideAt(3, [makeVersion(4, { status: 'refused' })])
    expect(decision).toMatchObject({ parent: null, base: null })
    expect(skipReason(decision, [])).toMatch(/no full or daily has been accepted yet/)
  })

  test('An hourly run ends when no hour has closed since the head', () => {
    expect(skipReason(decideAt(2, [base, hourly(2)]), [])).toMatch(
      /nothing new: data through 2026-01-09T02:00:00Z is trained on already/,
    )
  })

  test('An hourly run scores champion, parent and base on unseen hours', () => {
    const champion = hourly(1, { version: 'hourly-2026010901-ffffffff', base: 'daily-old' })
    const ahead = hourly(3, { version: 'hourly-2026010903-ffffffff', base: 'daily-old' })
    const versions = [base, hourly(1), hourly(2), champion, ahead]
    const decision = decideAt(3, versions)
    expect(chooseComparedVersions(decision, null, versions, champion.version)).toEqual([
      champion.version,
      hourly(2).version,
      base.version,
    ])
    expect(chooseComparedVersions(decision, null, versions, ahead.version)).toEqual([
      hourly(2).version,
      base.version,
    ])
  })
})
