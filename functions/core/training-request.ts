import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker'
import type { Scene } from '../contract/scene.ts'
import { hasLocalDisk } from './instance-types.ts'
import type { DescribedJob } from './training-jobs.ts'

/** What the requests for all training jobs have in common. */

export interface JobPlace {
  modelsBucket: string
  /** ARN of the KMS key of the models bucket. */
  modelsKey: string
  image: string
  role: string
}

/** Retries after an internal fault of SageMaker ("RetryStrategy", SageMaker API reference). */
const RETRIES = 3

type Channel = NonNullable<CreateTrainingJobCommandInput['InputDataConfig']>[number]
/** A folder of the container under `/opt/ml/input/data/`. */
export const channel = (name: string, type: 'S3Prefix' | 'ManifestFile', uri: string): Channel => ({
  ChannelName: name,
  DataSource: {
    S3DataSource: { S3DataType: type, S3Uri: uri, S3DataDistributionType: 'FullyReplicated' },
  },
})

/** Where a job writes: its output, and its checkpoints. Both are prefixes of the models bucket. */
export const describeOutput = (place: JobPlace, outputPrefix: string, checkpointPrefix: string) => {
  const uri = (prefix: string): string => `s3://${place.modelsBucket}/${prefix}`
  return {
    OutputDataConfig: { S3OutputPath: uri(outputPrefix), KmsKeyId: place.modelsKey },
    CheckpointConfig: { S3Uri: uri(checkpointPrefix), LocalPath: '/opt/ml/checkpoints' },
  }
}

/**
 * The instance and the limits of a job. An instance with local disks has no volume, and SageMaker refuses
 * a volume key for it.
 */
export function describeMachine(
  { volumeGiB, maxRuntimeMinutes, spot }: Scene['training'],
  instanceType: string,
  place: JobPlace,
) {
  const runtime = maxRuntimeMinutes * 60
  return {
    ResourceConfig: {
      InstanceType: instanceType as NonNullable<
        CreateTrainingJobCommandInput['ResourceConfig']
      >['InstanceType'],
      InstanceCount: 1,
      ...(hasLocalDisk(instanceType)
        ? {}
        : { VolumeSizeInGB: volumeGiB, VolumeKmsKeyId: place.modelsKey }),
    },
    StoppingCondition: {
      MaxRuntimeInSeconds: runtime,
      ...(spot ? { MaxWaitTimeInSeconds: 2 * runtime } : {}),
    },
    EnableManagedSpotTraining: spot,
    RetryStrategy: { MaximumRetryAttempts: RETRIES },
    // The container reads only its channels.
    EnableNetworkIsolation: true,
  }
}

/**
 * The request for the same job under another name. Image, channels and checkpoints are those of the
 * interrupted job, even if another image is deployed by now.
 */
export const describeAgain = (
  interrupted: DescribedJob,
  jobName: string,
  tags: CreateTrainingJobCommandInput['Tags'],
): CreateTrainingJobCommandInput => ({
  TrainingJobName: jobName,
  AlgorithmSpecification: interrupted.AlgorithmSpecification,
  RoleArn: interrupted.RoleArn,
  InputDataConfig: interrupted.InputDataConfig,
  OutputDataConfig: interrupted.OutputDataConfig,
  CheckpointConfig: interrupted.CheckpointConfig,
  ResourceConfig: interrupted.ResourceConfig,
  StoppingCondition: interrupted.StoppingCondition,
  EnableManagedSpotTraining: interrupted.EnableManagedSpotTraining,
  RetryStrategy: interrupted.RetryStrategy,
  EnableNetworkIsolation: interrupted.EnableNetworkIsolation,
  Tags: tags,
})
