import { describe, expect, test } from 'vitest'
import { sampleRow } from '../../functions/samples/sampling.ts'

const ROWS = 200_000
const RATE = 0.2
const sampling = { negativeRate: RATE, seed: 17 }
/** One row in fifty is positive. */
const labelOf = (n: number): number => (n % 50 === 0 ? 1 : 0)

describe('Negative sampling', () => {
  const kept = Array.from({ length: ROWS }, (_, n) => ({
    label: labelOf(n),
    row: sampleRow(`sample-${n}`, labelOf(n), sampling),
  })).filter(({ row }) => row !== null)
  const positives = kept.filter(({ label }) => label === 1).length
  const negatives = kept.length - positives

  test('Sampling keeps every positive, and negatives at the requested rate', () => {
    expect(positives).toBe(ROWS / 50)
    // Five standard deviations of a binomial.
    const all = ROWS - positives
    expect(Math.abs(negatives - RATE * all)).toBeLessThan(5 * Math.sqrt(all * RATE * (1 - RATE)))
  })

  test('The correction of sampling recovers the unsampled odds exactly', () => {
    const sampledLogOdds = Math.log(positives / (RATE * (ROWS - positives)))
    const { logOddsCorrection } = kept[0]!.row!
    expect(sampledLogOdds - logOddsCorrection).toBeCloseTo(
      Math.log(positives / (ROWS - positives)),
      12,
    )
  })

  test('Sampling gives weights that represent the whole log', () => {
    const weight = kept.reduce((sum, { row }) => sum + row!.weight, 0)
    expect(Math.abs(weight / ROWS - 1)).toBeLessThan(0.02)
  })

  test('Sampling is repeatable for a seed, and rate 1 keeps every sample', () => {
    expect(sampleRow('x', 0, sampling)).toEqual(sampleRow('x', 0, sampling))
    for (let n = 0; n < 100; n++)
      expect(sampleRow(`${n}`, 0, { negativeRate: 1, seed: n })).toEqual({
        logOddsCorrection: -0,
        weight: 1,
      })
  })
})
