import { describe, expect, test } from 'vitest'
import { versionId } from '../../functions/contract/keys.ts'
import type { Scores } from '../../functions/contract/scores.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { groupChains, meanOf, nextScores } from '../../functions/report/chains.ts'
import type { Findings } from '../../functions/report/findings.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeVersion } from '../make/lineage.ts'

type Version = Findings['versions'][number]

const at = (hour: number): number => DAY0_MS + hour * HOUR_MS
const hourlyId = (hour: number): string =>
  versionId({ tier: 'hourly', dataThroughMs: at(hour), digest: '0123abcd' })
const [HOUR1, HOUR2, HOUR3] = [hourlyId(25), hourlyId(26), hourlyId(28)] as [string, string, string]
const NEXT_DAY = versionId({ tier: 'daily', dataThroughMs: at(48), digest: '0123abcd' })
const scores = (rows: number, auc: number | null): Scores => ({
  rows,
  positives: 1,
  auc,
  logLoss: 0.3,
  normalizedEntropy: 0.9,
  calibrationRatio: 1,
  undefinedBecause: {},
})
const scored = (scoredBy: string, fromHour: number, hours: number, of: Scores) => ({
  dataFromMs: at(fromHour),
  dataThroughMs: at(fromHour + hours),
  scoredBy,
  scores: of,
})
const base: Version = {
  ...makeVersion(1, { tier: 'full', version: 'base' }),
  nextInterval: [
    scored(HOUR1, 24, 1, scores(9, 0.1)),
    scored(HOUR2, 25, 1, scores(10, 0.6)),
    scored(HOUR3, 26, 2, scores(30, 0.5)),
    scored(NEXT_DAY, 24, 24, scores(500, 0.65)),
  ],
}
const hour = (
  version: string,
  throughHour: number,
  parent: string,
  nextInterval: Version['nextInterval'] = [],
): Version => ({
  ...makeVersion(1, {
    tier: 'hourly',
    version,
    parent,
    base: 'base',
    dataThroughMs: at(throughHour),
    dataFromMs: at(throughHour - 1),
  }),
  nextInterval,
})
const versions: Version[] = [
  base,
  hour(HOUR2, 26, HOUR1, [scored(HOUR3, 26, 2, scores(30, 0.7))]),
  hour(HOUR1, 25, 'base', [scored(HOUR2, 25, 1, scores(10, 0.8))]),
  hour(HOUR3, 28, HOUR2),
  { ...makeVersion(2, { version: NEXT_DAY, parent: 'base' }), nextInterval: [] },
]

describe('Chains', () => {
  test('Chains are grouped by their base, in order of their data', () => {
    const chains = groupChains(versions)
    expect(chains.map(({ base: { version } }) => version)).toEqual(['base', NEXT_DAY])
    expect(chains[0]!.increments.map(({ version }) => version)).toEqual([HOUR1, HOUR2, HOUR3])
    expect(chains[1]!.increments).toEqual([])
  })

  test('A chain and its base are compared on the same rows', () => {
    const { comparisons } = groupChains(versions)[0]!
    expect(comparisons.map(({ head }) => head)).toEqual([HOUR1, HOUR2])
    const means = meanOf(comparisons, 'auc')!
    expect(means.chain).toBeCloseTo((10 * 0.8 + 30 * 0.7) / 40, 12)
    expect(means.base).toBeCloseTo((10 * 0.6 + 30 * 0.5) / 40, 12)
  })

  test('Hours with an undefined metric are left out of a mean', () => {
    const [{ comparisons }] = groupChains(versions) as [ReturnType<typeof groupChains>[number]]
    const [first, second] = comparisons as [(typeof comparisons)[0], (typeof comparisons)[0]]
    const partly = [{ ...first, chain: scores(10, null) }, second]
    expect(meanOf(partly, 'auc')).toEqual({ chain: 0.7, base: 0.5 })
    expect(meanOf(partly.slice(0, 1), 'auc')).toBeNull()
  })

  test('A base is scored on whole days, not on chain hours', () => {
    expect(nextScores(base)!.rows).toBe(500)
    expect(nextScores(versions[2]!)!.auc).toBe(0.8)
    expect(nextScores(versions[3]!)).toBeNull()
  })
})
