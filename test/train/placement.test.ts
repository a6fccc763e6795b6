import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Scene } from '../../functions/contract/scene.ts'
import { incrementMemoryMiB, placeIncrement, sizeOf } from '../../functions/train/placement.ts'
import { makeScene } from '../make/scene.ts'

const scene = makeScene()
const sized = (hashBits: number, factors: number): Scene => {
  const {
    factors: _f,
    factorAlpha: _a,
    factorL2: _l,
    factorInit: _i,
    ...linear
  } = scene.model as Record<string, unknown>
  return {
    ...scene,
    model:
      factors === 0
        ? { ...linear, kind: 'logistic', hashBits }
        : { ...linear, kind: 'factorization-machine', hashBits, factors },
  } as Scene
}
const runsOn = (place: 'auto' | 'lambda' | 'sagemaker'): Scene => ({
  ...scene,
  tiers: { ...scene.tiers, hourly: { ...scene.tiers.hourly!, runsOn: place } },
})

describe('An increment', () => {
  test('An increment with factors needs memory for its weights and rows', () => {
    // 2^18 slots: z, n and a touched byte, 8 factors and their squares; four models, two artifacts.
    const model = 2 ** 18 * (9 + 64)
    const artifact = 2 ** 18 * (16 + 64)
    expect(sizeOf(sized(18, 8), 1000)).toEqual({
      memoryBytes: 4 * model + 2 * artifact + 2_000_000,
      diskBytes: 5 * artifact + 400_000,
      seconds: expect.closeTo(0.06 + 4 * model * 5e-9, 6),
    })
  })

  // The largest Lambda has 10,240 MiB of memory, of which a fifth is left free.
  test.each([
    [24, 0, 1000, 'lambda', /^fits a Lambda: 1\.1 GiB/],
    [24, 8, 1000, 'lambda', /^fits a Lambda: 7\.1 GiB/],
    [24, 9, 1000, 'lambda', /^fits a Lambda: 7\.8 GiB/],
    [
      24,
      10,
      1000,
      'sagemaker',
      /^too large for a Lambda: it needs 8\.6 GiB of memory, and 8\.0 GiB are usable$/,
    ],
    [23, 16, 1000, 'lambda', /^fits a Lambda: 6\.5 GiB/],
    [23, 32, 1000, 'sagemaker', /^too large for a Lambda: it needs 12\.5 GiB of memory/],
    [
      18,
      8,
      1_000_000,
      'sagemaker',
      /^too large for a Lambda: it needs 2\.\d GiB of memory, and 1\.4 GiB are usable$/,
    ],
  ] as const)(
    'An increment of 2^%i slots, %i factors, %i events trains on %s',
    (hashBits, factors, rows, executor, reason) => {
      expect(placeIncrement(sized(hashBits, factors), rows)).toEqual({
        executor,
        reason: expect.stringMatching(reason),
      })
    },
  )

  test('An increment trains on SageMaker when configured, however small', () => {
    expect(placeIncrement(runsOn('sagemaker'), 1)).toEqual({
      executor: 'sagemaker',
      reason: 'as configured',
    })
    expect(placeIncrement(runsOn('auto'), 1).executor).toBe('lambda')
  })

  test('An increment of a foreign image always trains on SageMaker', () => {
    for (const place of ['auto', 'lambda', 'sagemaker'] as const)
      expect(placeIncrement(runsOn(place), 1, false)).toEqual({
        executor: 'sagemaker',
        reason: 'another training image is configured: its increments run on SageMaker',
      })
  })

  test('An increment that does not fit never fits with larger sizes', () => {
    const place = (hashBits: number, factors: number, rows: number) =>
      placeIncrement(sized(hashBits, factors), rows).executor
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 23 }),
        fc.integer({ min: 1, max: 63 }),
        fc.integer({ min: 0, max: 5_000_000 }),
        fc.integer({ min: 0, max: 5_000_000 }),
        (hashBits, factors, rows, more) => {
          const small = sizeOf(sized(hashBits, factors), rows)
          const large = sizeOf(sized(hashBits + 1, factors + 1), rows + more)
          for (const name of ['memoryBytes', 'diskBytes', 'seconds'] as const)
            expect(large[name]).toBeGreaterThan(small[name])
          if (place(hashBits, factors, rows) === 'sagemaker')
            expect(place(hashBits, factors, rows + more)).toBe('sagemaker')
          // The function grows with its model: sizes are compared for an hour that it is made for.
          const hour = rows % 500_000
          if (place(hashBits, factors, hour) === 'sagemaker') {
            expect(place(hashBits + 1, factors, hour)).toBe('sagemaker')
            expect(place(hashBits, factors + 1, hour)).toBe('sagemaker')
          }
        },
      ),
    )
  })

  test('A normal hour fits its function unless no Lambda is large enough', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 24 }),
        fc.integer({ min: 0, max: 64 }),
        (hashBits, factors) => {
          const memoryMiB = incrementMemoryMiB([sized(hashBits, factors)])
          const { executor } = placeIncrement(sized(hashBits, factors), 100_000)
          if (memoryMiB < 10_240) expect(executor).toBe('lambda')
          else expect(memoryMiB).toBe(10_240)
        },
      ),
    )
  })
})

describe('The increment function', () => {
  test('The function has the memory of the largest scene with hourly tier', () => {
    const { hourly: _hourly, ...tiers } = scene.tiers
    const without = { ...sized(24, 64), tiers }
    expect(incrementMemoryMiB([scene])).toBe(1769)
    expect(incrementMemoryMiB([scene, sized(22, 8)])).toBe(incrementMemoryMiB([sized(22, 8)]))
    expect(incrementMemoryMiB([sized(22, 8)])).toBeGreaterThan(1769)
    expect(incrementMemoryMiB([scene, without])).toBe(1769)
    expect(incrementMemoryMiB([without])).toBe(1769)
    expect(incrementMemoryMiB([sized(24, 64)])).toBe(10_240)
  })
})
