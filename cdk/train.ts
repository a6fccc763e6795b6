import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets'
import type { Role } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { ALL_TRAINING_JOBS } from '../functions/contract/keys.ts'
import { incrementMemoryMiB } from '../functions/train/placement.ts'
import * as stages from '../functions/train/stages.ts'
import { allow } from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { StageFunction } from './stage-function.ts'
import { type Trainer, trainerOf } from './training-image.ts'
import {
  allowJobRole,
  allowJobs,
  allowVolumeKey,
  createTrainingRole,
  JOB_NAMES,
  jobArnOf,
} from './training-role.ts'

/**
 * `plan` decides a run. `start` gives it to SageMaker, whose event continues the flow, or to
 * `increment`, which trains an hour with the same code. A custom image has no `increment`: the built-in
 * code would write a model that the image cannot continue.
 */
export class Train extends Construct {
  readonly plan: IFunction
  readonly start: IFunction
  readonly increment: IFunction | null
  /** The role of all jobs that train models here, and of no other jobs. */
  readonly jobRole: Role
  /** What the jobs of this deployment run. */
  readonly image: DockerImageAsset
  /** Whether that is our own image. */
  readonly isOwnImage: boolean
  /** Matches every training job of this deployment. */
  readonly #jobArn: string

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    const trainer = trainerOf(parts.settings.trainingImage, parts.bundles.trainer)
    this.isOwnImage = trainer.isOurs
    this.image = new DockerImageAsset(this, 'Image', {
      directory: trainer.directory,
      // The platform of SageMaker's training instances.
      platform: Platform.LINUX_AMD64,
    })
    this.#jobArn = jobArnOf(this, ALL_TRAINING_JOBS)
    this.jobRole = createTrainingRole(this, 'TrainingRole', parts.store, this.image.repository)
    this.plan = this.#plan(parts, trainer)
    this.start = this.#start(parts, trainer)
    this.increment = trainer.isOurs ? this.#increment(parts) : null
  }

  #increment(parts: PipelineParts): IFunction {
    return new StageFunction(this, stages.increment, parts, {
      memoryMiB: incrementMemoryMiB(parts.settings.scenes),
    }).lambda
  }

  #plan(parts: PipelineParts, trainer: Trainer): IFunction {
    return new StageFunction(this, stages.plan, parts)
      .knows('SAMPLES_DIGEST', parts.bundles.stages.samples.digest)
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
    return new StageFunction(this, stages.start, parts)
      .knows('TRAINER_DIGEST', trainer.digest)
      .mayUse('TRAINING_IMAGE', this.image.imageUri, (role) => allowJobs(role, this.#jobArn))
      .mayUse('TRAINING_ROLE', this.jobRole.roleArn, (role) => allowJobRole(role, this.jobRole))
      .mayUse('MODELS_KEY', store.models.keyArn, (role) =>
        allowVolumeKey(role, store.models.keyArn),
      ).lambda
  }
}
