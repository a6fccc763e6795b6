import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import {
  chooseBase,
  chooseHoldout,
  chooseRivals,
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

describe('a run', () => {
  test('of the daily tier without an accepted version trains a full, and says why', () => {
    const decision = decide('daily', [makeVersion(1, { status: 'refused' })])
    expect(decision).toMatchObject({
      tier: 'full',
      parent: null,
      dataFromMs: at(5 - 28),
      dataThroughMs: at(5),
    })
    expect(decision.tierReason).toMatch(/no accepted version to continue/)
  })

  test('of the daily tier continues the last accepted version from where its data ended', () => {
    const last = makeVersion(4)
    expect(decide('daily', [makeVersion(3), last])).toMatchObject({
      tier: 'daily',
      parent: last,
      dataFromMs: at(4),
      dataThroughMs: at(5),
    })
  })

  test('builds on the full where a full and a daily saw the same days', () => {
    const full = makeVersion(4, { tier: 'full', dataFromMs: at(0) })
    expect(chooseBase([makeVersion(4), full], at(5))).toBe(full)
  })

  test('continues no model of another shape: the daily trains a full, the hourly chain rests', () => {
    const other = makeVersion(4, { shapeDigest: 'another' })
    const decision = decide('daily', [makeVersion(3, { shapeDigest: 'another' }), other])
    expect(decision).toMatchObject({ tier: 'full', parent: null })
    expect(decision.tierReason).toContain(`of another shape than ${other.version}`)
    const ours = makeVersion(3)
    expect(decide('daily', [ours, other])).toMatchObject({ tier: 'daily', parent: ours })
    const hourly = decideRun(scene, 'hourly', at(5), [other], [], other)
    expect(hourly.stop).toMatch(/another shape: the next daily trains a full/)
  })

  test('passes over a refused or failed version: its interval joins the next', () => {
    const decision = decide('daily', [
      makeVersion(3),
      makeVersion(4, { status: 'refused' }),
      makeVersion(4, { version: 'daily-20260109-ffffffff', status: 'failed' }),
    ])
    expect(decision.dataFromMs).toBe(at(3))
  })

  test('of the full tier looks back as far as it may and has no parent', () => {
    expect(decide('full', [makeVersion(4)])).toMatchObject({
      tier: 'full',
      tierReason: 'scheduled',
      parent: null,
      dataFromMs: at(5 - 28),
    })
  })

  test('ends where there is nothing new, or no event, with a sentence', () => {
    expect(skipReason(decide('daily', [makeVersion(5)]), [])).toMatch(
      /nothing new: data through 2026-01-10 is trained on already/,
    )
    expect(skipReason(decide('daily', [makeVersion(4)]), [])).toMatch(
      /no closed events from 2026-01-09 to 2026-01-10: the interval joins the next run's/,
    )
    expect(skipReason(decide('daily', [makeVersion(4)]), days(4))).toBeNull()
  })

  test('holds the last day of a full out where there is another to train on, and none of an increment', () => {
    expect(chooseHoldout(decide('full', []), days(3, 4))).toBe(at(4))
    expect(chooseHoldout(decide('full', []), days(4))).toBeNull()
    expect(chooseHoldout(decide('daily', [makeVersion(4)]), days(4))).toBeNull()
  })
})

describe('rivals', () => {
  const full = makeVersion(4, { tier: 'full' })
  const daily = makeVersion(4)
  test('of an increment are the versions that end where it begins, the champion first', () => {
    const decision = decide('daily', [full, daily])
    expect(chooseRivals(decision, null, [makeVersion(3), full, daily], daily.version)).toEqual([
      daily.version,
      full.version,
    ])
    expect(chooseRivals(decision, null, [full, daily], null)).toEqual([full.version, daily.version])
  })

  test('of a full are the newest accepted that end before its holdout', () => {
    const decision = decide('full', [])
    const versions = [makeVersion(2), makeVersion(3), makeVersion(4), makeVersion(5)]
    expect(chooseRivals(decision, at(4), versions, null)).toEqual([makeVersion(4).version])
    expect(chooseRivals(decision, at(3), versions, null)).toEqual([makeVersion(3).version])
    expect(chooseRivals(decision, null, versions, null)).toEqual([])
  })

  test('never are versions without a model', () => {
    expect(
      chooseRivals(
        decide('daily', [daily]),
        null,
        [makeVersion(4, { modelKey: null, status: 'failed' })],
        null,
      ),
    ).toEqual([])
  })
})
