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
import type { DescribedJob } from '../core/training-jobs.ts'
import {
  channel,
  describeAgain,
  describeMachine,
  describeOutput,
  type JobPlace,
} from '../core/training-request.ts'

const tagsOf = (scene: string, version: string) => [
  { Key: 'quartermaster:scene', Value: scene },
  { Key: 'quartermaster:version', Value: version },
]

/**
 * The request for the training job of a version. `hasModels`: the job loads a parent or a version to
 * compare.
 */
export function describeJob(
  scene: Scene,
  { version, jobName }: Pick<VersionRow, 'version' | 'jobName'>,
  hasModels: boolean,
  place: JobPlace,
  instanceType = scene.training.instanceType,
): CreateTrainingJobCommandInput {
  const uri = (key: string): string => `s3://${place.modelsBucket}/${key}`
  const name = scene.scene
  const { attempt } = parseTrainingJobName(jobName)!
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
    ...describeOutput(
      place,
      versionJobsPrefix(name, version),
      versionCheckpointPrefix(name, version, attempt),
    ),
    ...describeMachine(scene.training, instanceType, place),
    Tags: tagsOf(name, version),
  }
}

/** The request for the next attempt of an interrupted job. */
export const describeJobAgain = (
  interrupted: DescribedJob,
  { scene, version, jobName }: Pick<VersionRow, 'scene' | 'version' | 'jobName'>,
): CreateTrainingJobCommandInput => describeAgain(interrupted, jobName, tagsOf(scene, version))
