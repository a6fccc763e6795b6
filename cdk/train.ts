import { Stack } from 'aws-cdk-lib'
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets'
import type { Role } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { incrementMemoryMiB } from '../functions/train/placement.ts'
import { allow } from './grants.ts'
import * as keys from './key-patterns.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { StageFunction } from './stage-function.ts'
import { type Trainer, trainerOf } from './training-image.ts'
import { createTrainingRole } from './training-role.ts'

const JOB_NAMES =
  'A job is named after its version, which is not known at deployment; each job name begins with this prefix.'

/**
 * `plan` decides a run; `start` hands it to SageMaker, whose own event continues the flow, or to
 * `increment`, which trains an hour with the same code. With an image of somebody else's there is no
 * `increment`: a function with our code could only train what that image must not go on from.
 */
export class Train extends Construct {
  readonly plan: IFunction
  readonly start: IFunction
  readonly increment: IFunction | null
  /** In which every job of this deployment runs, and none of another. */
  readonly jobRole: Role
  readonly #image: DockerImageAsset
  /** Matches every training job of this deployment. */
  readonly #jobArn: string

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    const trainer = trainerOf(parts.settings.trainingImage, parts.bundles.trainer)
    this.#image = new DockerImageAsset(this, 'Image', {
      directory: trainer.directory,
      // What SageMaker's training instances run.
      platform: Platform.LINUX_AMD64,
    })
    this.#jobArn = Stack.of(this).formatArn({
      service: 'sagemaker',
      resource: 'training-job',
      resourceName: keys.trainingJobs,
    })
    this.jobRole = createTrainingRole(this, 'TrainingRole', parts.store, this.#image.repository)
    this.plan = this.#plan(parts, trainer)
    this.start = this.#start(parts, trainer)
    this.increment = trainer.isOurs ? this.#increment(parts) : null
  }

  #increment(parts: PipelineParts): IFunction {
    const { lake, models } = parts.store
    return new StageFunction(this, 'increment', parts, {
      description: 'Trains an hourly increment with the code of the training container',
      timeoutMinutes: 15,
      memoryMiB: incrementMemoryMiB(parts.settings.scenes),
      diskMiB: 10_240,
    })
      .reads(lake, 'LAKE_BUCKET', [keys.sampleParts])
      .reads(models, 'MODELS_BUCKET', [
        keys.runChannels,
        keys.samplesChannels,
        keys.modelsChannels,
        keys.modelFiles,
      ])
      .writes(models, 'MODELS_BUCKET', [keys.modelArchives, keys.outputArchives]).lambda
  }

  #plan(parts: PipelineParts, trainer: Trainer): IFunction {
    const { bundles, store } = parts
    const listed = [
      keys.dropManifests,
      keys.closings,
      keys.runPlans,
      keys.closedFiles,
      keys.counterFiles,
      keys.cleanItemFiles,
      keys.cleanUserFiles,
      keys.sampleFiles,
    ]
    return new StageFunction(this, 'plan', parts, {
      description: 'Decides what a run closes, samples and trains on',
      timeoutMinutes: 15,
      memoryMiB: 1769,
    })
      .lists(store.lake, 'LAKE_BUCKET', listed)
      .reads(store.lake, 'LAKE_BUCKET', [
        keys.dropManifests,
        keys.closingPlans,
        keys.closingSuccessors,
        keys.closingSeals,
        keys.runPlans,
      ])
      .reads(store.models, 'MODELS_BUCKET', [keys.versionManifests])
      .writes(store.lake, 'LAKE_BUCKET', [keys.closingPlans, keys.closingSuccessors, keys.runPlans])
      .usesTable(store.registry, 'REGISTRY_TABLE', ['read', 'write'])
      .knows('SAMPLES_DIGEST', bundles.stages.samples.digest)
      .knows('TRAINER_DIGEST', trainer.digest)
      .knows('TRAINER_STATE', trainer.state)
      .knows('INCREMENT_FUNCTION', trainer.isOurs ? 'deployed' : 'absent')
      .mayUse('TRAINING_JOBS', this.#jobArn, (role) =>
        allow(
          role,
          { actions: ['sagemaker:DescribeTrainingJob'], resources: [this.#jobArn] },
          JOB_NAMES,
        ),
      ).lambda
  }

  #start(parts: PipelineParts, trainer: Trainer): IFunction {
    const { store } = parts
    return new StageFunction(this, 'start', parts, {
      description: 'Seals the samples, asks the data gates and starts the training job',
      timeoutMinutes: 5,
      memoryMiB: 1024,
    })
      .reads(store.lake, 'LAKE_BUCKET', [
        keys.runPlans,
        keys.closingPlans,
        keys.samplePartAccounts,
        keys.sampleManifests,
      ])
      .lists(store.lake, 'LAKE_BUCKET', [keys.sampleFiles])
      .writes(store.lake, 'LAKE_BUCKET', [keys.closingSeals, keys.sampleManifests])
      .writes(store.models, 'MODELS_BUCKET', [
        keys.versionManifests,
        keys.versionRuns,
        keys.samplesChannels,
        keys.modelsChannels,
      ])
      .usesTable(store.registry, 'REGISTRY_TABLE', ['read', 'write'])
      .knows('TRAINER_DIGEST', trainer.digest)
      .mayUse('TRAINING_IMAGE', this.#image.imageUri, (role) =>
        allow(
          role,
          {
            actions: [
              'sagemaker:CreateTrainingJob',
              'sagemaker:DescribeTrainingJob',
              'sagemaker:AddTags',
            ],
            resources: [this.#jobArn],
          },
          JOB_NAMES,
        ),
      )
      .mayUse('TRAINING_ROLE', this.jobRole.roleArn, (role) =>
        allow(role, {
          actions: ['iam:PassRole'],
          resources: [this.jobRole.roleArn],
          conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
        }),
      )
      .mayUse('MODELS_KEY', store.models.keyArn, (role) => {
        // For the job's volume: "CreateTrainingJob", VolumeKmsKeyId.
        allow(role, { actions: ['kms:DescribeKey'], resources: [store.models.keyArn] })
        allow(role, {
          actions: ['kms:CreateGrant'],
          resources: [store.models.keyArn],
          conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
        })
      }).lambda
  }
}
