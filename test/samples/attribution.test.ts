import { describe, expect, test } from 'vitest'
import type { EventRow } from '../../functions/contract/rows.ts'
import { attributeOutcomes } from '../../functions/samples/attribution.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../make/events.ts'

const WINDOW_MS = 60 * 60_000
const attribute = (given: {
  impressions?: EventRow[]
  earlier?: EventRow[]
  own?: EventRow[]
  ahead?: EventRow[]
}) =>
  attributeOutcomes(
    'click',
    WINDOW_MS,
    given.impressions ?? [],
    given.earlier ?? [],
    given.own ?? [],
    given.ahead ?? [],
  )
const at = (minutes: number): number => DAY0_MS + minutes * 60_000

describe('An outcome', () => {
  test('An outcome with a request belongs to the impression of that request', () => {
    const asked = makeImpression({ request: 'r1', timeMs: at(0) })
    const later = makeImpression({ request: 'r2', timeMs: at(5) })
    const { outcomes, account } = attribute({
      impressions: [asked, later],
      own: [makeOutcome({ request: 'r1', timeMs: at(10), value: 3 })],
    })
    expect([...outcomes]).toEqual([[asked.event, { label: 1, value: 3, trust: 1 }]])
    expect(account).toMatchObject({ outcomes: 1, attributed: 1 })
  })

  test('An outcome without a request belongs to the latest earlier impression', () => {
    const first = makeImpression({ timeMs: at(0) })
    const second = makeImpression({ timeMs: at(5) })
    const third = makeImpression({ timeMs: at(20) })
    const { outcomes } = attribute({
      impressions: [third, first, second],
      own: [makeOutcome({ timeMs: at(10) })],
    })
    expect([...outcomes.keys()]).toEqual([second.event])
  })

  test('An outcome counts to the last instant of its window', () => {
    const shown = makeImpression({ timeMs: at(0) })
    const within = attribute({ impressions: [shown], own: [makeOutcome({ timeMs: at(60) })] })
    expect(within.account.attributed).toBe(1)
    const after = attribute({ impressions: [shown], own: [makeOutcome({ timeMs: at(60) + 1 })] })
    expect(after.account).toMatchObject({ attributed: 0, orphaned: 1 })
  })

  test('An outcome without a matching earlier impression is an orphan', () => {
    const shown = makeImpression({ request: 'r1', timeMs: at(5) })
    const own = [
      makeOutcome({ item: 'i2', timeMs: at(6) }),
      makeOutcome({ user: 'u2', timeMs: at(6) }),
      makeOutcome({ request: 'r1', user: 'u2', timeMs: at(6) }),
      makeOutcome({ request: 'r2', timeMs: at(6) }),
      makeOutcome({ timeMs: at(4) }),
    ]
    const { outcomes, account } = attribute({ impressions: [shown], own })
    expect(outcomes.size).toBe(0)
    expect(account).toMatchObject({ outcomes: 5, orphaned: 5 })
  })

  test('A second outcome of an impression is a repetition', () => {
    const shown = makeImpression({ timeMs: at(0) })
    const own = [makeOutcome({ timeMs: at(2), value: 2 }), makeOutcome({ timeMs: at(1), value: 1 })]
    const { outcomes, account } = attribute({ impressions: [shown], own })
    expect(outcomes.get(shown.event)).toEqual({ label: 1, value: 1, trust: 1 })
    expect(account).toMatchObject({ outcomes: 2, attributed: 1, repeated: 1 })
  })

  test('An outcome that is not the objective gives no label', () => {
    const { outcomes, account } = attribute({
      impressions: [makeImpression({ timeMs: at(0) })],
      own: [makeOutcome({ outcome: 'purchase', timeMs: at(1) })],
    })
    expect(outcomes.size).toBe(0)
    expect(account).toMatchObject({ outcomes: 1, otherOutcome: 1 })
  })

  test('An outcome of an impression in an earlier set counts there', () => {
    const { account } = attribute({
      earlier: [makeImpression({ timeMs: at(-10) })],
      own: [makeOutcome({ timeMs: at(1) })],
    })
    expect(account).toMatchObject({ outcomes: 1, ofEarlierSet: 1, orphaned: 0 })
  })

  test('An outcome of a later hour counts only with its impression here', () => {
    const shown = makeImpression({ timeMs: at(0) })
    const { account } = attribute({
      impressions: [shown],
      ahead: [makeOutcome({ timeMs: at(30) }), makeOutcome({ item: 'other', timeMs: at(30) })],
    })
    expect(account).toMatchObject({ outcomes: 1, attributed: 1, orphaned: 0 })
  })
})
