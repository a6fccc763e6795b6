import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DECISIONS } from '../../functions/contract/registry.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import type { Decision, Findings } from '../../functions/report/findings.ts'
import { formatInstant } from '../../functions/report/format.ts'
import { checkHealth, drawHealth, type HealthContext } from '../../functions/report/health.ts'
import { renderPage } from '../../functions/report/page.ts'
import { makeFindings } from '../make/findings.ts'
import { makeScene } from '../make/scene.ts'

const replayed: HealthContext = {
  nowMs: null,
  deadLetters: 0,
  violations: [],
  configurations: [makeScene()],
}
/** Four versions, each released. */
const calm = makeFindings(4)
const last = calm.releases.at(-1)!
const endMs = last.timeMs
const later = (hours: number, fields: Partial<Decision>): Decision => ({
  ...last,
  timeMs: endMs + hours * HOUR_MS,
  tier: 'hourly',
  version: null,
  from: 4,
  to: 4,
  ...fields,
})
const withDecisions = (...decisions: Decision[]): Findings => ({
  ...calm,
  releases: [...calm.releases, ...decisions],
})
const textsOf = (findings: Findings, context = replayed): string[] =>
  checkHealth(findings, context).concerns.map(({ text }) => text)

describe('The report status lines', () => {
  // Its drops are a tenth bad; the scene's limit is looser.
  test('All is well when releases pass and drops arrive', () => {
    expect(checkHealth(calm, replayed)).toEqual({
      tone: 'good',
      sentence: `All is well: release 4 (${last.version}) has been served since ${formatInstant(endMs)}; the last daily run was accepted.`,
      concerns: [],
    })
  })

  test('A system without a release waits and states it', () => {
    const empty = { ...makeFindings(0), current: { feed: null } }
    const { tone, sentence } = checkHealth(empty, replayed)
    expect(tone).toBe('waiting')
    expect(sentence).toBe('Nothing has been released yet; no run has ended yet.')
    const skipped = {
      ...empty,
      releases: [later(1, { kind: 'skip', tier: 'full', reason: 'too few' })],
    }
    expect(checkHealth(skipped, replayed).sentence).toContain(
      'the last full run was skipped (too few)',
    )
  })

  test('A withdrawn release without a successor needs attention', () => {
    const withdrawn = later(1, {
      kind: 'withdrawal',
      tier: 'full',
      from: 4,
      to: null,
      reason: 'worse',
    })
    const findings = { ...withDecisions(withdrawn), current: { feed: null } }
    expect(checkHealth(findings, replayed)).toMatchObject({
      tone: 'bad',
      sentence: '1 thing needs a look; the last daily run was accepted.',
      concerns: [
        {
          text: `nothing is served: release 4 was withdrawn at ${formatInstant(withdrawn.timeMs)}: worse`,
          anchor: 'decisions',
        },
      ],
    })
  })

  test('A held tier needs attention until it is thawed', () => {
    const hold = later(1, { kind: 'hold', reason: 'sale', evidence: { subject: 'hourly' } })
    const thaw = { ...hold, kind: 'thaw' as const, timeMs: endMs + 2 * HOUR_MS }
    expect(textsOf(withDecisions(hold))).toEqual([
      `the hourly tier is held since ${formatInstant(hold.timeMs)}: sale`,
    ])
    expect(textsOf(withDecisions(hold, thaw))).toEqual([])
    const chain = { ...hold, tier: 'hold', evidence: { subject: last.version } }
    expect(textsOf(withDecisions(chain))[0]).toContain(`the chain on ${last.version} is held`)
  })

  test('Quarantine above the limit of the scene needs attention', () => {
    const { maxInvalidShare } = makeScene().gates
    const [drop, ...others] = calm.drops
    const withBad = (bad: number): Findings => ({
      ...calm,
      drops: [
        ...others,
        {
          ...drop!,
          arrivalMs: endMs,
          read: 100,
          accepted: 100 - bad,
          quarantined: { not_json: bad },
        },
      ],
    })
    expect(textsOf(withBad(100 * maxInvalidShare))).toEqual([])
    expect(textsOf(withBad(100 * maxInvalidShare + 1))).toEqual([
      expect.stringMatching(
        /^\d+\.0 % of the 100 records of the last day were quarantined, more than .* most as not_json$/,
      ),
    ])
  })

  test('Runs refused in a row need attention, and each hour counts once', () => {
    const refusal = (hours: number, tier = 'hourly') =>
      later(hours, { kind: 'refusal', tier, reason: 'worse' })
    const hour = [refusal(1), refusal(1.1), refusal(2)]
    expect(textsOf(withDecisions(...hour))).toEqual([])
    const skip = later(3, { kind: 'skip', reason: 'too few' })
    expect(textsOf(withDecisions(...hour, skip, refusal(4)))).toEqual([
      'the last 3 hourly runs were refused: worse',
    ])
    const flip = later(5, { kind: 'flip', version: last.version, to: 5 })
    expect(textsOf(withDecisions(...hour, refusal(4), flip))).toEqual([])
    expect(textsOf(withDecisions(refusal(24, 'daily')))).toEqual([
      'the last daily run was refused: worse',
    ])
  })

  test('An accepted daily ends a row of refusals even without a decision', () => {
    const refusal = later(24, { kind: 'refusal', tier: 'daily', reason: 'worse' })
    const next = {
      ...calm.versions.at(-1)!,
      version: 'daily-next',
      scheduledMs: endMs + 48 * HOUR_MS,
    }
    const findings = withDecisions(refusal)
    expect(textsOf({ ...findings, versions: [...findings.versions, next] })).toEqual([])
  })

  test('A silent feed needs attention, but not after a replay', () => {
    const newestMs = Math.max(...calm.drops.map(({ arrivalMs }) => arrivalMs))
    const { tiers } = makeScene()
    const configurations = [
      makeScene({ tiers: { ...tiers, hourly: { ...tiers.hourly!, quietHours: 5 } } }),
    ]
    const at = (hours: number): HealthContext => ({
      ...replayed,
      configurations,
      nowMs: newestMs + hours * HOUR_MS,
    })
    expect(textsOf(calm, at(8))).toEqual([])
    expect(textsOf(calm, at(9))).toEqual([
      `no events have arrived for 9 h, since ${formatInstant(newestMs)}`,
    ])
    expect(textsOf(calm, { ...at(9), nowMs: null })).toEqual([])
    // The page looks back on few drops: data that is older than those says since when.
    expect(textsOf({ ...calm, drops: [] }, at(80))[0]).toMatch(/^no events have arrived for 57 h,/)
    const unborn = { ...makeFindings(0), current: { feed: null } }
    expect(textsOf(unborn, at(80))).toEqual([])
  })

  test('Recent rollbacks, refused drops and dead letters need attention', () => {
    const rollback = later(1, { kind: 'rollback', tier: 'rollback', from: 4, to: 3, reason: 'bad' })
    const lost = later(2, {
      kind: 'withdrawal',
      version: 'daily-x',
      from: 5,
      to: 4,
      reason: 'worse',
    })
    const refused = {
      ...calm.drops[0]!,
      arrivalMs: endMs,
      refused: { reason: 'size', detail: 'too large: split it' },
    }
    const findings = withDecisions(rollback, lost)
    const texts = textsOf(
      { ...findings, drops: [...calm.drops, refused] },
      {
        ...{ ...replayed, deadLetters: 2 },
        failedRuns: { count: 3, machine: 'RunHourly', startMs: endMs, error: 'Error: bad' },
      },
    )
    expect(texts).toEqual([
      `release 4 was rolled back to 3 at ${formatInstant(rollback.timeMs)}: bad`,
      `the challenger daily-x was withdrawn at ${formatInstant(lost.timeMs)}: worse`,
      '1 drop of the last day was refused whole: too large: split it',
      `3 runs failed. The first, RunHourly at ${formatInstant(endMs)}: Error: bad`,
      '2 messages ended in a dead-letter queue: a stage failed after all retries',
    ])
    expect(textsOf(calm, { ...replayed, violations: ['a twice', 'b twice'] })).toEqual([
      'the proof of exactly once has 2 violations: a twice',
    ])
    expect(textsOf({ ...findings, dataThroughMs: endMs + 40 * HOUR_MS })).toEqual([])
  })

  test('Each scene of several is named and judged by its own findings', () => {
    const two = { ...calm, scenes: ['feed', 'search'], current: { ...calm.current, search: null } }
    const { sentence } = checkHealth(two, replayed)
    expect(sentence).toContain('Feed: release 4')
    expect(sentence).toContain('search: nothing has been released yet')
  })

  test('The sentence is never empty, and each concern links into the page', () => {
    const anyDecision = fc.record({
      kind: fc.constantFrom(...DECISIONS),
      tier: fc.constantFrom('hourly', 'daily', 'full', 'rollback', 'hold'),
      from: fc.constantFrom(null, 3),
      to: fc.constantFrom(null, 3, 4),
      reason: fc.constantFrom('', '<b>', 'worse'),
      version: fc.constantFrom(null, ...calm.versions.map(({ version }) => version)),
    })
    fc.assert(
      fc.property(fc.array(anyDecision, { maxLength: 12 }), fc.boolean(), (list, isServed) => {
        const findings = {
          ...withDecisions(...list.map((fields, n) => later(n, fields))),
          current: { feed: isServed ? calm.current['feed']! : null },
        }
        const health = checkHealth(findings, replayed)
        expect(health.sentence).toMatch(
          /^(All is well: .+|\d+ things? needs? a look; .+|Nothing .+)\.$/,
        )
        expect(health.tone === 'bad').toBe(health.concerns.length > 0)
        expect(drawHealth(health)).not.toContain('<b>')
      }),
    )
    const page = renderPage(calm, { stages: {}, deadLetters: 1 })
    for (const anchor of ['decisions', 'turned-down', 'quarantine'])
      expect(page).toContain(`id="${anchor}"`)
    expect(page).toContain('href="#stages"')
  })
})
