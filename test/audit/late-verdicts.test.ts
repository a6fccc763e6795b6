import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeExactlyOnce } from '../../functions/audit/ledger.ts'
import type { SampleRow } from '../../functions/contract/rows.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import type { VerdictRow } from '../../functions/contract/verdicts.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import { at, type ChainOptions, type MadeChain, makeChain } from '../make/chain.ts'
import { verdict } from '../make/verdicts.ts'

const DAYS_LATE = [1, 3, 7]
/** All that the user u1 does from the second to the third morning, found some days after its end. */
const excluded = (changed: Partial<VerdictRow> = {}): VerdictRow =>
  verdict({ id: 'u1', fromMs: at(1, 8), throughMs: at(2, 8), ...changed })
const foundLate = (days: number, rows: VerdictRow[], seed = 1): ChainOptions => ({
  ...{ seed, fullDay: 12 },
  snapshots: [{ madeMs: at(2, 8) + days * 24 * HOUR_MS, rows }],
})
const sumOf = (counts: Readonly<Record<string, number>> = {}): number =>
  Object.values(counts).reduce((a, b) => a + b, 0)

async function samplesOf(world: MadeChain, n: number): Promise<SampleRow[]> {
  const files = world.manifestOf(n).sets.flatMap((set) => set.files)
  const parts = files.map(async ({ key }) => readParquet<SampleRow>(await world.lake.get(key)))
  return (await Promise.all(parts)).flat()
}
/** The last version of the chain, and the full beside it. */
const [HEAD, FULL] = [4, 5]

describe('Verdicts that come late', () => {
  test.each(DAYS_LATE)('Every chain balances with verdicts %i days late', async (days) => {
    const rows = [
      excluded(),
      excluded({ id: 'u2', action: 'weigh', weight: 0.25, reason: 'slow' }),
      excluded({ subject: 'hour', id: String(at(3, 2)), fromMs: at(3, 2), throughMs: at(3, 3) }),
    ]
    const world = await makeChain(foundLate(days, rows))
    for (const n of [HEAD, FULL]) {
      const account = await world.check(n)
      expect(account.violations).toEqual([])
      const { impressions, samples, sampledOut, waiting, trust } = account
      const left = samples + sampledOut + account.excluded + sumOf(account.byVerdict)
      expect(impressions).toBe(left + waiting.nextDaily + waiting.dailyOfItsDay)
      expect(trust).toBeLessThanOrEqual(samples)
    }
  })

  test.each(DAYS_LATE)('A full leaves out what was found %i days late', async (days) => {
    const world = await makeChain(foundLate(days, [excluded()]))
    const clean = await makeChain({ fullDay: 12 })
    const isHit = ({ user, timeMs }: SampleRow): boolean =>
      user === 'u1' && timeMs >= at(1, 8) && timeMs < at(2, 8)
    const before = await samplesOf(clean, FULL)
    expect(before.filter(isHit).length).toBeGreaterThan(0)
    expect(await samplesOf(world, FULL)).toEqual(before.filter((row) => !isHit(row)))
    const account = await world.check(FULL)
    expect(sumOf(account.byVerdict)).toBeGreaterThan(0)
    expect(describeExactlyOnce(account)).toMatch(/exactly once: .* excluded by verdicts/)
  })

  test('A late verdict changes no version that was made before it', async () => {
    const world = await makeChain(foundLate(3, [excluded()]))
    const clean = await makeChain({ fullDay: 12 })
    for (const n of [0, 1, 2, 3, HEAD]) {
      expect(world.chain[n]!.scheduledMs).toBeLessThan(at(5, 8))
      expect(world.manifestOf(n)).toEqual(clean.manifestOf(n))
    }
  })

  test('Sets of days that no verdict touches keep their names and bytes', async () => {
    const world = await makeChain(foundLate(7, [excluded()]))
    const clean = await makeChain({ fullDay: 12 })
    const sets = world.manifestOf(FULL).sets
    // The click window of the first day reaches into the morning of the second.
    const changed = clean
      .manifestOf(FULL)
      .sets.filter((set, n) => set.inputsDigest !== sets[n]!.inputsDigest)
    expect(changed.length).toBeGreaterThan(0)
    expect(changed.length).toBeLessThan(sets.length)
    for (const { fromMs } of changed) expect([at(0), at(1), at(2)]).toContain(fromMs)
    for (const [n, set] of sets.entries())
      if (!set.verdicts) expect(set).toEqual(clean.manifestOf(FULL).sets[n])
  })

  test('A weighed sample has its trust, apart from its weight', async () => {
    const weighed = excluded({ action: 'weigh', weight: 0.25 })
    const world = await makeChain(foundLate(1, [weighed]))
    const clean = await makeChain({ fullDay: 12 })
    const [after, before] = await Promise.all([samplesOf(world, FULL), samplesOf(clean, FULL)])
    expect(after.map(({ trust: _, ...row }) => row)).toEqual(
      before.map(({ trust: _, ...row }) => row),
    )
    const trusts = after.map(({ trust }) => trust)
    expect(new Set(trusts)).toEqual(new Set([1, 0.25]))
    const { account } = world.manifestOf(FULL)
    expect(account.trust).toBeCloseTo(
      trusts.reduce((a, b) => a + b, 0),
      9,
    )
    expect(account.trust).toBeLessThan(account.samples)
  })

  test('A set that ignores its verdicts is a violation', async () => {
    const world = await makeChain(foundLate(1, [excluded()]))
    const clean = await makeChain({ fullDay: 12 })
    const n = world.manifestOf(FULL).sets.findIndex(({ verdicts }) => verdicts)
    const { files } = clean.manifestOf(FULL).sets[n]!
    for (const { key } of files) world.lake.drop(key, await clean.lake.get(key))
    await world.forge(FULL, ({ sets }) => {
      sets[n]!.files = files
    })
    const { violations } = await world.check(FULL)
    expect(violations.join('\n')).toMatch(/are excluded by a verdict \(focus\)/)
    expect(violations.join('\n')).toMatch(/the account of .* states/)
  })

  test('A snapshot that is gone or altered is a violation', async () => {
    const world = await makeChain(foundLate(1, [excluded()]))
    const { key } = world.manifestOf(FULL).sets.find(({ verdicts }) => verdicts)!.verdicts!
    world.lake.drop(key, new Uint8Array([1]))
    const { violations } = await world.check(FULL)
    expect(violations.join('\n')).toMatch(/verdicts\/feed\/.*: .*got SHA-256/)
  })

  test('Any verdicts at any delay balance', async () => {
    const row = fc.record({
      id: fc.constantFrom('u0', 'u1', 'u2'),
      items: fc.constantFrom('[]', '["i1"]', '["i2","i3"]'),
      fromMs: fc.integer({ min: 0, max: 90 }).map((hour) => at(0, hour)),
      hours: fc.integer({ min: 1, max: 40 }),
      action: fc.constantFrom('exclude', 'weigh', 'watch'),
      reason: fc.constantFrom('focus', 'lockstep'),
    })
    const draws = fc.tuple(fc.array(row, { maxLength: 5 }), fc.constantFrom(...DAYS_LATE))
    await fc.assert(
      fc.asyncProperty(draws, fc.integer({ min: 1, max: 3 }), async ([drawn, days], seed) => {
        const rows = drawn.map(({ hours, ...one }) =>
          verdict({ ...one, throughMs: one.fromMs + hours * HOUR_MS, weight: 0.5 }),
        )
        const world = await makeChain(foundLate(days, rows, seed))
        for (const n of [HEAD, FULL]) expect((await world.check(n)).violations).toEqual([])
      }),
      { numRuns: 8 },
    )
  }, 60_000)
})
