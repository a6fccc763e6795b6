import { describe, expect, test } from 'vitest'
import { trainingJobName } from '../../functions/contract/keys.ts'
import type { RunPlan } from '../../functions/contract/training.ts'
import { describeVersion } from '../../functions/train/describe-version.ts'
import { describeJob } from '../../functions/train/job-request.ts'
import { manifestOf, place, plan, scene } from './start-world.ts'

describe('A version', () => {
  const of = (changed: Partial<RunPlan> = {}, manifest = manifestOf(1000, 100)) =>
    describeVersion({ ...plan, ...changed }, [manifest]).row.version
  test('A version name depends on data, code, settings and parent', () => {
    expect(of()).toBe(of())
    const others = [
      of({ codeDigest: 'other' }),
      of({ configurationDigest: 'other' }),
      of({ parent: null }),
      of({}, manifestOf(1001, 100)),
    ]
    expect(new Set([of(), ...others]).size).toBe(5)
  })

  test('A version requests a job with channels, key, checkpoints and no network', () => {
    const named = (attempt: number) => ({
      version: of(),
      jobName: trainingJobName('feed', of(), attempt),
    })
    const job = describeJob(scene, named(1), true, place)
    expect(job).toMatchObject({
      TrainingJobName: `qm-feed-${of()}`,
      OutputDataConfig: { KmsKeyId: 'arn:key' },
      ResourceConfig: { VolumeKmsKeyId: 'arn:key', InstanceCount: 1 },
      EnableNetworkIsolation: true,
      RetryStrategy: { MaximumRetryAttempts: 3 },
      CheckpointConfig: { LocalPath: '/opt/ml/checkpoints' },
    })
    expect(job.InputDataConfig!.map(({ ChannelName }) => ChannelName)).toEqual([
      'run',
      'samples',
      'models',
    ])
    expect(describeJob(scene, named(1), false, place).InputDataConfig).toHaveLength(2)
    // SageMaker refuses a key where the instance has disks of its own and so no volume.
    for (const instanceType of ['ml.g4dn.xlarge', 'ml.g5.2xlarge', 'ml.p4d.24xlarge'] as const)
      expect(describeJob(scene, named(1), true, place, instanceType).ResourceConfig).toEqual({
        InstanceType: instanceType,
        InstanceCount: 1,
      })
    const again = describeJob(scene, named(2), true, place)
    expect(again.TrainingJobName).toBe(`qm-feed-${of()}-a2`)
    expect(again.CheckpointConfig!.S3Uri).toBe(`${job.CheckpointConfig!.S3Uri}a2/`)
    expect(again).toMatchObject({
      InputDataConfig: job.InputDataConfig,
      OutputDataConfig: job.OutputDataConfig,
    })
  })
})
