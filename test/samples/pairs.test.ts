import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sampleKindsSchema } from '../../functions/contract/sample-kinds.ts'
import { type LabelledImpression, makePairs, slateOf } from '../../functions/samples/pairs.ts'
import { sampleRow } from '../../functions/samples/sampling.ts'
import { readmeBlock } from '../readme/blocks.ts'

const SAMPLING = { negativeRate: 0.5, seed: 7 }

interface Shown {
  slate: number | null
  label: 0 | 1
  timeMs: number
}
const shown = fc.record({
  slate: fc.option(fc.integer({ min: 0, max: 4 }), { freq: 8 }),
  label: fc.constantFrom(0 as const, 0 as const, 1 as const),
  timeMs: fc.integer({ min: 0, max: 5 }),
})
const logs = fc.array(shown, { maxLength: 60 })

/** A log's impressions, and the samples that are kept of them. */
function sampled(log: readonly Shown[], negativeRate = SAMPLING.negativeRate) {
  const labelled = log.map(
    ({ slate, label, timeMs }, n): LabelledImpression => ({
      row: { event: `e${n}`, timeMs },
      label,
      slate: slate === null ? null : `slate ${slate}`,
    }),
  )
  const samples = labelled.flatMap(({ row, label }) => {
    const kept = sampleRow(row.event, label, { ...SAMPLING, negativeRate })
    const { event: sample, timeMs } = row
    return kept ? [{ sample, timeMs, user: 'u', isMature: timeMs < 4, ...kept }] : []
  })
  return { labelled, samples }
}
const pairsOf = (log: readonly Shown[], maxPerSlate: number, negativeRate?: number) => {
  const { labelled, samples } = sampled(log, negativeRate)
  return makePairs({ maxPerSlate }, labelled, samples, SAMPLING.seed)
}

describe('Pairs within a slate', () => {
  test('Each kept positive is paired with each kept negative of its slate', () => {
    fc.assert(
      fc.property(logs, (log) => {
        const { labelled, samples } = sampled(log)
        const kept = new Map(samples.map((sample) => [sample.sample, sample]))
        const expected = labelled.flatMap((a) =>
          labelled.flatMap((b) => {
            const [preferred, other] = [kept.get(a.row.event), kept.get(b.row.event)]
            const isPair = a.slate !== null && a.slate === b.slate && a.label > b.label
            if (!isPair || !preferred || !other) return []
            const isMature = preferred.isMature && other.isMature
            return [`${a.row.event} over ${b.row.event}, ${other.weight}, ${isMature}`]
          }),
        )
        const { rows } = makePairs({ maxPerSlate: 10_000 }, labelled, samples, 1)
        const found = rows.map(
          ({ preferred, other, weight, isMature }) =>
            `${preferred} over ${other}, ${weight}, ${isMature}`,
        )
        expect(found.sort()).toEqual(expected.sort())
      }),
    )
  })

  test('The account of pairs adds up, and no slate exceeds its cap', () => {
    fc.assert(
      fc.property(logs, fc.integer({ min: 1, max: 12 }), (log, maxPerSlate) => {
        const { rows, account } = pairsOf(log, maxPerSlate)
        const { possible, pairs, capped, sampledOut } = account
        expect(pairs).toBe(rows.length)
        expect(possible).toBe(pairs + capped + sampledOut)
        expect(account.slates).toBe(account.paired + account.oneSided)
        expect(account.withoutSlate).toBe(log.filter(({ slate }) => slate === null).length)
        let all = 0
        for (let slate = 0; slate < 5; slate++) {
          const own = log.filter((one) => one.slate === slate)
          const positives = own.filter(({ label }) => label === 1).length
          all += positives * (own.length - positives)
          const ids = new Set(log.flatMap((one, n) => (one.slate === slate ? [`e${n}`] : [])))
          expect(rows.filter(({ other }) => ids.has(other)).length).toBeLessThanOrEqual(maxPerSlate)
        }
        expect(possible).toBe(all)
        const names = rows.map(({ preferred, other }) => `${preferred} ${other}`)
        expect(new Set(names).size).toBe(names.length)
      }),
    )
  })

  test('The weights of capped pairs stand for all possible pairs', () => {
    fc.assert(
      fc.property(logs, fc.integer({ min: 1, max: 12 }), (log, maxPerSlate) => {
        const { rows, account } = pairsOf(log, maxPerSlate, 1)
        expect(account.sampledOut).toBe(0)
        expect(rows.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(account.possible, 6)
      }),
    )
  })

  test('Capped pairs are drawn evenly from all pairs of a slate', () => {
    const counts = new Map<string, number>()
    const draws = 4000
    for (let seed = 0; seed < draws; seed++) {
      const log = Array.from(
        { length: 7 },
        (_, n): Shown => ({
          ...{ slate: 0, timeMs: 0 },
          label: n < 3 ? 1 : 0,
        }),
      )
      const { labelled, samples } = sampled(log, 1)
      for (const { preferred, other } of makePairs({ maxPerSlate: 5 }, labelled, samples, seed)
        .rows)
        counts.set(`${preferred} ${other}`, (counts.get(`${preferred} ${other}`) ?? 0) + 1)
    }
    expect(counts.size).toBe(12)
    // Binomial: each of twelve pairs is drawn with probability 5/12. Five standard deviations.
    const expected = (draws * 5) / 12
    const deviation = Math.sqrt(expected * (7 / 12))
    for (const count of counts.values())
      expect(Math.abs(count - expected)).toBeLessThan(5 * deviation)
  })

  test('Pairs depend neither on the order nor on other slates', () => {
    fc.assert(
      fc.property(logs, fc.integer({ min: 1, max: 6 }), (log, maxPerSlate) => {
        const { labelled, samples } = sampled(log)
        const made = (own: readonly LabelledImpression[], kept: typeof samples) =>
          makePairs({ maxPerSlate }, own, kept, 3).rows
        const rows = made(labelled, samples)
        expect(made(labelled.toReversed(), samples.toReversed())).toEqual(rows)
        const alone = labelled.filter(({ slate }) => slate === 'slate 0')
        const ids = new Set(alone.map(({ row }) => row.event))
        expect(made(alone, samples)).toEqual(rows.filter(({ other }) => ids.has(other)))
      }),
    )
  })

  test('A slate of a hundred thousand impressions gives only its cap', () => {
    const log = Array.from(
      { length: 100_000 },
      (_, n): Shown => ({
        ...{ slate: 0, timeMs: n },
        label: n % 2 === 0 ? 1 : 0,
      }),
    )
    const { rows, account } = pairsOf(log, 100, 1)
    expect(rows).toHaveLength(100)
    expect(account).toMatchObject({ possible: 2.5e9, capped: 2.5e9 - 100 })
  })

  test('A request of two users is two slates', () => {
    const request = 'r'
    expect(slateOf({ user: 'a', request })).not.toBe(slateOf({ user: 'b', request }))
    expect(slateOf({ user: 'a', request: null })).toBeNull()
  })

  test('A scene states its kinds with defaults, and no other kind', () => {
    expect(sampleKindsSchema.parse({ pairs: {}, sequences: { length: 50 } })).toEqual({
      pairs: { maxPerSlate: 100 },
      sequences: { length: 50, windowHours: 168 },
    })
    const shown = JSON.parse(`{${readmeBlock('Kinds', '"kinds"')}}`)
    expect(sampleKindsSchema.parse(shown.sampling.kinds)).toEqual(shown.sampling.kinds)
    for (const wrong of [{ triples: {} }, { pairs: { maxPerSlate: 0 } }, { sequences: {} }])
      expect(sampleKindsSchema.safeParse(wrong).success).toBe(false)
  })
})
