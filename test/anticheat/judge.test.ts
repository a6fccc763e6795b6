import { describe, expect, test } from 'vitest'
import { AGREEMENT } from '../../functions/anticheat/agreement.ts'
import { isHeldBack } from '../../functions/anticheat/holdback.ts'
import { CLEARED, EXPIRY_MS, type JudgeInputs, judge } from '../../functions/anticheat/judge.ts'
import { ALWAYS, isAlways } from '../../functions/anticheat/windows.ts'
import type { Statement } from '../../functions/contract/anticheat.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import type { Finding } from '../../functions/contract/verdicts.ts'

const day = (n: number): number => n * DAY_MS
const finding = (over: Partial<Finding> = {}): Finding => ({
  detector: 'lockstep',
  evidence: 'graph',
  subject: 'user',
  id: 'u1',
  items: ['i1'],
  fromMs: day(10),
  throughMs: day(12),
  score: 8,
  events: 40,
  expected: 1,
  ...over,
})
const statement = (over: Partial<Statement> = {}): Statement => ({
  kind: 'clear',
  subject: 'user',
  id: 'u1',
  ...ALWAYS,
  reason: 'a known tester',
  saidMs: day(14),
  untilMs: day(60),
  ...over,
})
/** What detectors say of one day on which they do not agree on `open` events. */
const agreement = (date: number, open: number, evidence: Finding['evidence'] = 'volume'): Finding =>
  finding({
    ...{ detector: AGREEMENT, evidence, items: [], score: 0, events: 20, expected: open },
    ...{ fromMs: day(date), throughMs: day(date) + 1 },
  })
const judged = (over: Partial<JudgeInputs>) =>
  judge({
    findings: [],
    previous: [],
    statements: [],
    screenedMs: day(14),
    holdback: { share: 0, seed: 1 },
    ...over,
  })

describe('Findings become verdicts', () => {
  test('Windows of one user and the same items become one', () => {
    const { verdicts } = judged({
      findings: [
        finding(),
        finding({ fromMs: day(11), throughMs: day(13), detector: 'dense-block', score: 9 }),
        finding({ items: ['i2'] }),
      ],
    })
    expect(verdicts).toMatchObject([
      { items: '["i2"]', fromMs: day(10), throughMs: day(12) },
      {
        items: '["i1"]',
        fromMs: day(10),
        throughMs: day(13),
        reason: 'dense-block',
        detectors: '["dense-block","lockstep"]',
        action: 'exclude',
      },
    ])
  })

  test('Findings in any order and twice give the same rows', () => {
    const findings = [
      finding(),
      finding({ id: 'u2', items: ['b', 'a'] }),
      finding({ fromMs: day(12), throughMs: day(13), score: 8, detector: 'burst' }),
    ]
    const { verdicts } = judged({ findings })
    expect(judged({ findings: [...findings, ...findings].reverse() }).verdicts).toEqual(verdicts)
  })

  test('An event that chance explains in part is weighed', () => {
    const [row] = judged({ findings: [finding({ events: 10, expected: 7 })] }).verdicts
    expect(row).toMatchObject({ action: 'weigh', weight: 0.7 })
  })

  test('A whole account needs agreement on all events of three days', () => {
    const findings = [finding(), finding({ detector: 'too-fast', evidence: 'timing' })]
    const isWhole = (...agreements: Finding[]): boolean =>
      judged({ findings: [...findings, ...agreements] }).verdicts.some(isAlways)
    expect(isWhole()).toBe(false)
    expect(isWhole(agreement(10, 0), agreement(11, 0), agreement(13, 0))).toBe(true)
    // Two shards of one day are one day.
    expect(isWhole(agreement(10, 0), agreement(11, 0), agreement(11, 0))).toBe(false)
  })

  test('A day of its own keeps an account from whole exclusion', () => {
    const stolen = [10, 11, 12].map((date) => agreement(date, 0))
    const { verdicts } = judged({ findings: [finding(), ...stolen, agreement(3, 20)] })
    expect(verdicts).toMatchObject([{ fromMs: day(10), throughMs: day(12), items: '["i1"]' }])
  })

  test('Mechanical evidence needs one day only', () => {
    const isWhole = (...agreements: Finding[]): boolean =>
      judged({ findings: [finding(), ...agreements] }).verdicts.some(isAlways)
    expect(isWhole(agreement(10, 0, 'mechanical'))).toBe(true)
    expect(isWhole(agreement(10, 0, 'mechanical'), agreement(11, 0))).toBe(false)
  })

  test('An item is only watched', () => {
    expect(judged({ findings: [finding({ subject: 'item', items: [] })] }).verdicts).toMatchObject([
      { action: 'watch' },
    ])
  })
})

describe('A snapshot continues the one before', () => {
  const first = judged({ findings: [finding()] }).verdicts

  test('A renewed verdict keeps the time of its first finding', () => {
    const { verdicts, counts } = judged({
      findings: [finding({ fromMs: day(11), throughMs: day(15) })],
      previous: first,
      screenedMs: day(15),
    })
    expect(verdicts).toMatchObject([
      {
        fromMs: day(10),
        throughMs: day(15),
        foundMs: day(14),
        renewedMs: day(15),
        expiresMs: day(15) + EXPIRY_MS,
      },
    ])
    expect(counts).toMatchObject({ found: 0, renewed: 1, kept: 0 })
  })

  test('Two findings that continue one verdict become one', () => {
    const { verdicts } = judged({
      findings: [
        finding({ throughMs: day(10) + 1 }),
        finding({ fromMs: day(12) - 1 }),
        finding({ fromMs: day(13), throughMs: day(14) }),
      ],
      previous: first,
      screenedMs: day(15),
    })
    expect(verdicts.map(({ fromMs, throughMs }) => [fromMs, throughMs])).toEqual([
      [day(10), day(12)],
      [day(13), day(14)],
    ])
  })

  test('A verdict that nothing renews expires', () => {
    const before = judged({ previous: first, screenedMs: day(14) + EXPIRY_MS - 1 })
    expect(before.verdicts).toEqual(first)
    const after = judged({ previous: first, screenedMs: day(14) + EXPIRY_MS })
    expect(after).toMatchObject({ verdicts: [], counts: { expired: 1, kept: 0 } })
  })
})

describe('An operator overrides detectors', () => {
  test('A cleared user who is found again stays cleared', () => {
    const screenedMs = day(20)
    const { verdicts } = judged({ findings: [finding()], statements: [statement()], screenedMs })
    expect(verdicts).toMatchObject([
      { action: 'watch', reason: CLEARED, detectors: '["lockstep"]', renewedMs: screenedMs },
    ])
    const later = judged({
      findings: [finding()],
      previous: verdicts,
      statements: [statement()],
      screenedMs: day(60),
    })
    expect(later.verdicts).toMatchObject([{ action: 'exclude', reason: 'lockstep' }])
  })

  test('A clear of one day leaves the days around it', () => {
    const { verdicts } = judged({
      findings: [finding({ throughMs: day(13) })],
      statements: [statement({ fromMs: day(11), throughMs: day(12) })],
    })
    expect(verdicts.map(({ fromMs, action }) => [fromMs, action])).toEqual([
      [day(10), 'exclude'],
      [day(11), 'watch'],
      [day(12), 'exclude'],
    ])
  })

  test('The later of a flag and a clear holds', () => {
    const flag = statement({ kind: 'flag', reason: 'paid clicks' })
    const flagged = judged({ statements: [flag] }).verdicts
    expect(flagged).toMatchObject([
      { action: 'exclude', reason: 'paid clicks', detectors: '[]', expiresMs: day(60) },
    ])
    const later = { previous: flagged, screenedMs: day(16) }
    const clear = statement({ saidMs: day(15) })
    expect(judged({ ...later, statements: [clear, flag] }).verdicts).toEqual([])
    const flagAgain = { ...flag, saidMs: day(16) }
    expect(judged({ ...later, statements: [flagAgain, clear, flag] }).verdicts).toMatchObject([
      { action: 'exclude', foundMs: day(16) },
    ])
  })

  test('A statement about the future changes nothing yet', () => {
    const statements = [statement({ saidMs: day(15) })]
    expect(judged({ findings: [finding()], statements }).verdicts).toMatchObject([
      { action: 'exclude' },
    ])
  })
})

test('A held-back user is watched in all of its verdicts', () => {
  const holdback = { share: 0.01, seed: 3 }
  const users = Array.from({ length: 3000 }, (_, n) => `u${n}`)
  const { verdicts, counts } = judged({
    findings: users.flatMap((id) => [finding({ id }), finding({ id, items: ['i2'] })]),
    holdback,
  })
  const watched = verdicts.filter(({ action }) => action === 'watch')
  expect(watched).toEqual(verdicts.filter((row) => isHeldBack(row, holdback)))
  expect(counts.heldBack).toBe(watched.length)
  expect(watched.length / 2 / users.length).toBeGreaterThan(0.005)
  expect(watched.length / 2 / users.length).toBeLessThan(0.016)
})
