import { TrainingInstanceType } from '@aws-sdk/client-sagemaker'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Scene } from '../../functions/contract/scene.ts'
import { hasLocalDisk, instanceTypeOf } from '../../functions/core/instance-types.ts'
import { jobSizeOf, placeJob, type Work } from '../../functions/train/job-placement.ts'
import { makeScene } from '../make/scene.ts'

const TYPES = Object.values(TrainingInstanceType)
const work = (rows: number, fields: Partial<Work> = {}): Work => ({
  tier: 'full',
  rows,
  fileRows: Math.min(rows, 100_000),
  models: 0,
  ...fields,
})
const withTraining = (training: Partial<Scene['training']>): Scene => {
  const scene = makeScene()
  return { ...scene, training: { ...scene.training, ...training } }
}
const scene = withTraining({ largerInstanceTypes: ['ml.m5.xlarge', 'ml.r5.xlarge'] })
/** 28 days at 0.6 million events a day, of which the feed keeps about half as samples. */
const FOUR_WEEKS = 8_400_000

describe('An instance type', () => {
  test.each([
    ['ml.m5.large', { vCpus: 2, memoryGiB: 8, localDiskGB: 0 }],
    ['ml.m5.24xlarge', { vCpus: 96, memoryGiB: 384, localDiskGB: 0 }],
    ['ml.c5n.9xlarge', { vCpus: 36, memoryGiB: 94.5, localDiskGB: 0 }],
    ['ml.r5d.large', { vCpus: 2, memoryGiB: 16, localDiskGB: 75 }],
    ['ml.r5d.24xlarge', { vCpus: 96, memoryGiB: 768, localDiskGB: 3600 }],
    ['ml.g4dn.xlarge', { vCpus: 4, memoryGiB: 16, localDiskGB: 125 }],
    ['ml.m5.metal', null],
    ['ml.x9.large', null],
  ])('The instance type %s has the documented resources', (name, expected) => {
    expect(instanceTypeOf(name)).toEqual(expected)
  })

  test('Every instance type in the tables is known to the SDK', () => {
    const known = TYPES.filter((name) => instanceTypeOf(name) !== null)
    expect(known.length).toBeGreaterThan(90)
    // Sizes that EC2 has and SageMaker does not.
    for (const name of ['ml.m5.8xlarge', 'ml.c5.large', 'ml.c6i.large'])
      expect(instanceTypeOf(name), name).toBeNull()
  })

  test('An instance type has its own disk by name or table', () => {
    const families = (isLocal: boolean): string[] => [
      ...new Set(
        TYPES.filter((name) => hasLocalDisk(name) === isLocal).map((name) => name.split('.')[1]!),
      ),
    ]
    expect(families(true).sort()).toEqual(
      ['g4dn', 'g5', 'g6', 'g6e', 'g7', 'g7e', 'p3dn', 'p4d', 'p4de', 'p5', 'p5e', 'p5en']
        .concat(['p6-b200', 'p6-b300', 'p6e-gb200', 'r5d', 'trn1', 'trn1n', 'trn2'])
        .sort(),
    )
    for (const family of families(true)) expect(families(false)).not.toContain(family)
  })
})

describe('Placing a training job', () => {
  test('A job gets the instance of its scene while it fits', () => {
    expect(placeJob(scene, work(1_000_000))).toMatchObject({
      instanceType: 'ml.m5.large',
      reason: expect.stringMatching(
        /^ml\.m5\.large: 1,000,000 samples need 1\.\d GiB of memory, 0\.\d GiB of disk and 0\.\d h$/,
      ),
    })
  })

  test('A job of four busy weeks gets the next instance with reason', () => {
    const { instanceType, reason, need } = placeJob(scene, work(FOUR_WEEKS))
    expect(need.memoryBytes / 2 ** 30).toBeGreaterThan(6.4)
    expect(need.memoryBytes / 2 ** 30).toBeLessThan(8)
    expect(instanceType).toBe('ml.m5.xlarge')
    expect(reason).toMatch(
      /^ml\.m5\.xlarge: 8,400,000 samples need .*; ml\.m5\.large has 6\.4 GiB of usable memory$/,
    )
  })

  test('A job that fits no instance is refused with a remedy', () => {
    const { instanceType, reason } = placeJob(scene, work(5 * FOUR_WEEKS))
    expect(instanceType).toBeNull()
    expect(reason).toMatch(/ml\.m5\.large has 6\.4 GiB of usable memory; ml\.m5\.xlarge has 12\.8/)
    expect(reason).toMatch(/: name a larger instance under training\.largerInstanceTypes, keep/)
  })

  test('A job beyond its volume or time is refused with that limit', () => {
    const small = withTraining({ volumeGiB: 1 })
    expect(placeJob(small, work(3_000_000))).toMatchObject({
      instanceType: null,
      reason: expect.stringMatching(
        /training\.volumeGiB leaves 0\.8 GiB of usable disk.*: raise training\.volumeGiB/,
      ),
    })
    // A disk of the instance's own takes the place of the volume.
    expect(placeJob({ ...small, ...local(small) }, work(3_000_000)).instanceType).toBe(
      'ml.r5d.large',
    )
    const short = withTraining({ maxRuntimeMinutes: 5 })
    expect(placeJob(short, work(FOUR_WEEKS))).toMatchObject({
      instanceType: null,
      reason: expect.stringMatching(/training\.maxRuntimeMinutes leaves 0\.1 h: raise it/),
    })
  })

  test('A job with unknown instance or image keeps the configured instance', () => {
    const unknown = withTraining({ instanceType: 'ml.x9.large' })
    expect(placeJob(unknown, work(FOUR_WEEKS)).instanceType).toBe('ml.x9.large')
    expect(placeJob(scene, work(100 * FOUR_WEEKS), false)).toMatchObject({
      instanceType: 'ml.m5.large',
      reason: 'ml.m5.large: the needs of another training image are not known',
    })
  })

  test('A job needs no less with more rows, models, slots or factors', () => {
    const shaped = (hashBits: number, factors: number): Scene =>
      ({ ...scene, model: { ...scene.model, hashBits, factors } }) as Scene
    fc.assert(
      fc.property(
        fc.constantFrom<Work['tier'][]>('full', 'daily', 'hourly'),
        fc.nat(10_000_000),
        fc.nat(10_000_000),
        fc.nat(4),
        fc.integer({ min: 10, max: 23 }),
        fc.integer({ min: 1, max: 63 }),
        (tier, rows, more, models, hashBits, factors) => {
          const small = jobSizeOf(shaped(hashBits, factors), work(rows, { tier, models }))
          const large = jobSizeOf(
            shaped(hashBits + 1, factors + 1),
            work(rows + more, { tier, models: models + 1 }),
          )
          for (const name of ['memoryBytes', 'diskBytes', 'seconds'] as const)
            expect(large[name]).toBeGreaterThan(small[name])
        },
      ),
    )
  })
})

function local(of: Scene): Pick<Scene, 'training'> {
  return { training: { ...of.training, instanceType: 'ml.r5d.large' } }
}
