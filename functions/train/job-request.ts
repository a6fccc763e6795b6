import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker'
import {
  parseTrainingJobName,
  versionCheckpointPrefix,
  versionJobsPrefix,
  versionModelsChannelKey,
  versionRunPrefix,
  versionSamplesChannelKey,
} from '../contract/keys.ts'
import type { VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { CHANNELS } from '../contract/training.ts'
import { hasLocalDisk } from './instance-types.ts'
import type { DescribedJob } from './jobs.ts'

export interface JobPlace {
  modelsBucket: string
  /** ARN of the KMS key of the models bucket. */
  modelsKey: string
  image: string
  role: string
}

/** Retries after an internal fault of SageMaker ("RetryStrategy", SageMaker API reference). */
const RETRIES = 3

const tagsOf = (scene: string, version: string) => [
  { Key: 'quartermaster:scene', Value: scene },
  { Key: 'quartermaster:version', Value: version },
]

type Channel = NonNullable<CreateTrainingJobCommandInput['InputDataConfig']>[number]
const channel = (name: string, type: 'S3Prefix' | 'ManifestFile', uri: string): Channel => ({
  ChannelName: name,
  DataSource: {
    S3DataSource: { S3DataType: type, S3Uri: uri, S3DataDistributionType: 'FullyReplicated' },
  },
})

/**
 * The request for the training job of a version. `hasModels`: the job loads a parent or a version to
 * compare. An instance with local disks has no volume, and SageMaker refuses a volume key for it.
 */
export function describeJob(
  scene: Scene,
  { version, jobName }: Pick<VersionRow, 'version' | 'jobName'>,
  hasModels: boolean,
  place: JobPlace,
  instanceType = scene.training.instanceType,
): CreateTrainingJobCommandInput {
  const { volumeGiB, maxRuntimeMinutes, spot } = scene.training
  const uri = (key: string): string => `s3://${place.modelsBucket}/${key}`
  const name = scene.scene
  const { attempt } = parseTrainingJobName(jobName)!
  const runtime = maxRuntimeMinutes * 60
  return {
    TrainingJobName: jobName,
    AlgorithmSpecification: { TrainingImage: place.image, TrainingInputMode: 'File' },
    RoleArn: place.role,
    InputDataConfig: [
      channel(CHANNELS.run, 'S3Prefix', uri(versionRunPrefix(name, version))),
      channel(CHANNELS.samples, 'ManifestFile', uri(versionSamplesChannelKey(name, version))),
      ...(hasModels
        ? [channel(CHANNELS.models, 'ManifestFile', uri(versionModelsChannelKey(name, version)))]
        : []),
    ],
    OutputDataConfig: {
      S3OutputPath: uri(versionJobsPrefix(name, version)),
      KmsKeyId: place.modelsKey,
    },
    CheckpointConfig: {
      S3Uri: uri(versionCheckpointPrefix(name, version, attempt)),
      LocalPath: '/opt/ml/checkpoints',
    },
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
    Tags: tagsOf(name, version),
  }
}

/**
 * The request for the same job under another name. Image, channels and checkpoints are those of the
 * interrupted job, even if another image is deployed by now.
 */
export function describeJobAgain(
  interrupted: DescribedJob,
  { scene, version, jobName }: Pick<VersionRow, 'scene' | 'version' | 'jobName'>,
): CreateTrainingJobCommandInput {
  return {
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
    Tags: tagsOf(scene, version),
  }
}
