import { describe, expect, test } from 'vitest'
import { formatSummary } from '../../cdk/cli/start/summary.ts'
import { noParity } from '../../functions/contract/parity.ts'
import type { Summary } from '../../functions/contract/summary.ts'
import { compareContamination } from '../../functions/report/poison.ts'
import { makeScene } from '../make/scene.ts'
import { makeThreeTiers } from '../make/three-tiers.ts'

const printed = (days: number, addedHours = 0, more: Partial<Summary> = {}): string[] => {
  const findings = makeThreeTiers(days)
  const { stated, measured } = compareContamination(findings, [makeScene()])['feed']!
  return formatSummary({
    ...findings,
    formatVersion: 1,
    exactlyOnce: {},
    poison: { feed: { stated, measured: measured.map((life) => ({ ...life, addedHours })) } },
    runs: [{ tier: 'hourly', count: 20, medianSeconds: 2.5, maxSeconds: 4.25 }],
    stages: {},
    deadLetters: 0,
    totalSeconds: 1,
    ...more,
  }).split('\n')
}

describe('The summary table', () => {
  test('The table has a line per base and one per hourly chain', () => {
    const lines = printed(3)
    const full = lines.findIndex((line) => line.startsWith('full-20260106'))
    expect(lines[full]).toMatch(/2026-01-06 +1,000 +0\.7000 +0\.9200 +1\.0200 +accepted$/)
    expect(lines[full + 1]).toMatch(
      /^ {2}5 hourly, 01-06T00 to +2026-01-06T05 +5,000 +0\.7500 +0\.6500 +0\.9200 +0\.9200 +1\.0200 +5 accepted$/,
    )
    expect(lines.filter((line) => line.startsWith('daily-'))).toHaveLength(2)
    expect(lines.filter((line) => line.includes(' hourly, '))).toHaveLength(3)
  })

  test('The table shows the newest bases and counts the older ones', () => {
    const lines = printed(12)
    expect(lines.filter((line) => /^(full|daily)-/.test(line))).toHaveLength(8)
    expect(lines).toContain('… and 4 older ones, in summary.json')
  })

  test('The table counts decisions, run seconds and contamination against its bound', () => {
    const text = printed(3).join('\n')
    expect(text).toContain('releases  15 flips, 0 refusals, 1 rollback;')
    expect(text).toContain('runs      from schedule to flip: hourly 2.5 s (20, at most 4.3 s)')
    // 26.5 h by schedule, 8 h of trial, 6 h 50 min of runs at their limits.
    expect(text).toMatch(
      /bound {5}longest contamination of the served model: .*hourly [\d.]+ h of 41\.3 h$/m,
    )
  })

  test('The table has parity and landing where they were measured', () => {
    const parity = { ...noParity(), values: 2000, equal: 1999, different: 1, late: 1 }
    const text = printed(3, 0, {
      sections: { parity: { feed: { a: parity } } },
      landing: { drops: 12, p50: 0.2, p95: 0.456, max: 1 },
    }).join('\n')
    expect(text).toContain(
      'parity    2,000 served values, 99.95 % equal those of samples; 100.00 % with the late ones excused',
    )
    expect(text).toContain('median 0.20 s, p95 0.46 s, at most 1.00 s (12 drops)')
    expect(printed(3).join('\n')).not.toMatch(/^(parity|landing)/m)
  })

  test('The table has the order of search results where it was judged', () => {
    const text = printed(3, 0, {
      search: {
        ...{ searches: 1200, servedNdcg10: 0.5, modelNdcg10: 0.625 },
        gain: { mean: 0.125, low: -0.01, high: 0.26 },
      },
    }).join('\n')
    expect(text).toContain(
      'search    nDCG@10 over 1,200 searches of the last day, by known relevance: as shown 0.500, in the model’s order 0.625 (+0.125 [−0.010, +0.260])',
    )
    expect(printed(3).join('\n')).not.toMatch(/^search/m)
  })

  test('The table shows how much runs without a result extended a bound', () => {
    expect(printed(3, 4).join('\n')).toMatch(
      /hourly [\d.]+ h of 41\.3 h \+ 4\.0 h for runs without a result$/m,
    )
  })
})
