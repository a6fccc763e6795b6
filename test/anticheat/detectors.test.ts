import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DETECTORS } from '../../functions/anticheat/detectors/detectors.ts'
import { type ScreenedRow, screenedEvents } from '../../functions/anticheat/events.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import type { Finding } from '../../functions/contract/verdicts.ts'
import '../seeded.ts'
import { addPeople, anySlate, createLog, honestLog, named, promoteItems } from './small-log.ts'

const OWN = [
  'focus',
  'promotion',
  'click-through',
  'one-time-users',
  'regular-intervals',
  'replayed-slates',
  'short-delays',
]
const detectors = DETECTORS.filter(({ name }) => OWN.includes(name))

const screenRows = (rows: readonly ScreenedRow[]): Finding[] => {
  const events = screenedEvents(rows)
  return detectors.flatMap(({ detect }) => detect(events, { seed: 1, honeypots: [] }))
}
const screenWith = (name: string, rows: readonly ScreenedRow[]): Finding[] =>
  detectors
    .find((detector) => detector.name === name)!
    .detect(screenedEvents(rows), { seed: 1, honeypots: [] })
const idsOf = (findings: readonly Finding[]): string[] => [...new Set(findings.map(({ id }) => id))]
/** The share of the accounts that the findings name. */
const recallOf = (findings: readonly Finding[], accounts: readonly string[]): number => {
  const ids = new Set(idsOf(findings))
  return accounts.filter((account) => ids.has(account)).length / accounts.length
}
const wrongOf = (findings: readonly Finding[], accounts: readonly string[]): string[] =>
  idsOf(findings).filter((id) => !accounts.includes(id))
const seeds = fc.integer({ min: 1, max: 1_000_000 })

describe('Detectors of timing, volume and choice', () => {
  test('An honest log has no findings, whatever its seed', () => {
    // Seven detectors with one false finding in a hundred runs each: 0.7 in 10 logs at most.
    let found = 0
    fc.assert(
      fc.property(seeds, (seed) => {
        found += screenRows(honestLog(seed).rows).length
      }),
      { numRuns: 10 },
    )
    expect(found).toBeLessThanOrEqual(1)
  })

  test('The order of the rows changes nothing', () => {
    const log = honestLog(7)
    promoteItems(log, {
      ...{ accounts: named('x', 8), favoured: ['i40', 'i51', 'i62', 'i73'] },
      ...{ requests: 20, days: [3, 9] },
    })
    const findings = screenRows(log.rows)
    expect(findings.length).toBeGreaterThan(8)
    const order = fc.shuffledSubarray(log.rows, { minLength: log.rows.length })
    fc.assert(
      fc.property(order, (rows) => {
        expect(screenRows(rows)).toEqual(findings)
      }),
      { numRuns: 2 },
    )
  })

  test('A log without impressions, positions and requests has no findings', () => {
    const log = honestLog(8)
    promoteItems(log, {
      ...{ accounts: named('x', 8), favoured: ['i40', 'i51'], requests: 20, days: [3, 9] },
    })
    const bare = log.rows
      .filter(({ type }) => type === 'outcome')
      .map((row) => ({ ...row, request: null, position: null }))
    expect(screenRows(bare)).toEqual([])
  })

  test.each([
    ['no events', 0],
    ['one user', 1],
  ])('A log of %s has no findings', (_what, people) => {
    expect(screenRows(honestLog(9, people).rows)).toEqual([])
  })

  test('A log of bots alone throws nothing', () => {
    const log = createLog(10)
    promoteItems(log, {
      ...{ accounts: named('x', 20), favoured: ['i1', 'i2'], requests: 20, days: [0, 14] },
    })
    expect(() => screenRows(log.rows)).not.toThrow()
  })
})

describe('Focus', () => {
  test('Accounts that drain a few items are found whole', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const log = honestLog(seed)
        const accounts = named('x', 3)
        promoteItems(log, {
          ...{ accounts, favoured: ['i80', 'i91', 'i102'], requests: 40, days: [4, 9] },
          otherChance: 0.01,
        })
        const findings = screenWith('focus', log.rows)
        expect(recallOf(findings, accounts)).toBe(1)
        expect(wrongOf(findings, accounts)).toEqual([])
        expect(findings.every(({ items }) => items.length === 0)).toBe(true)
      }),
      { numRuns: 3 },
    )
  })

  test('A stolen account is found in the hours of the thief', () => {
    const log = honestLog(11)
    const [stolen] = ['u3'] as const
    promoteItems(log, {
      ...{ accounts: [stolen], favoured: ['i80', 'i91', 'i102'], requests: 40, days: [6, 7] },
      otherChance: 0.02,
    })
    const [finding, ...others] = screenWith('focus', log.rows)
    expect(others).toEqual([])
    expect(finding).toMatchObject({ id: stolen, subject: 'user', evidence: 'volume' })
    expect(finding!.throughMs - finding!.fromMs).toBeLessThanOrEqual(1.5 * DAY_MS)
    expect(finding!.score).toBeGreaterThan(2)
    expect(finding!.events).toBeGreaterThan(40)
  })

  test('Items that everybody repeats accuse nobody', () => {
    const log = createLog(12)
    // Each person has three items of its own that it is shown, and clicks, again and again.
    for (const [n, user] of named('u', 120).entries())
      for (let r = 0; r < 12; r++) {
        const own = [0, 1, 2].map((k) => `i${(7 * n + 31 * k) % 120}`)
        const chanceOf = (item: string) => (own.includes(item) ? 0.5 : 0.05)
        log.request(user, log.momentOf(r), anySlate(log, [own[r % 3]!]), { chanceOf })
      }
    expect(screenWith('focus', log.rows)).toEqual([])
  })
})

describe('Promotion', () => {
  test('Paid people are found on the paid items, and keep the rest', () => {
    const log = createLog(13)
    addPeople(log, 400)
    const panel = named('u', 30)
    const favoured = ['i70', 'i81', 'i92', 'i103', 'i114']
    promoteItems(log, { accounts: panel, favoured, requests: 14, days: [4, 10] })
    const findings = screenWith('promotion', log.rows)
    expect(recallOf(findings, panel)).toBeGreaterThan(0.6)
    expect(wrongOf(findings, panel)).toEqual([])
    const onItems = findings.filter(({ items }) => items.length > 0)
    expect(onItems.length).toBeGreaterThan(5)
    for (const { items } of onItems)
      expect(items.filter((item) => !favoured.includes(item))).toEqual([])
  })

  test('One viral item makes no campaign', () => {
    const log = honestLog(14)
    for (const user of named('u', 100))
      for (let r = 0; r < 2; r++)
        log.request(user, log.momentOf(5), anySlate(log, ['i99']), {
          chanceOf: (item) => (item === 'i99' ? 0.8 : 0.1),
        })
    expect(screenWith('promotion', log.rows)).toEqual([])
  })
})
