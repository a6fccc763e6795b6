import type { DockerImageAsset } from 'aws-cdk-lib/aws-ecr-assets'
import { Match, Rule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import type { Role } from 'aws-cdk-lib/aws-iam'
import { CfnPermission } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { prefixOf } from '../functions/contract/family.ts'
import { ALL_SPACE_JOBS } from '../functions/contract/keys.ts'
import { embed, place } from '../functions/embeddings/stages.ts'
import { closingMinute } from '../functions/registry/timetable.ts'
import { allowDomain, allowVectorBucket } from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { laterBy, Schedules } from './schedules.ts'
import { StageFunction } from './stage-function.ts'
import {
  allowJobRole,
  allowJobs,
  allowVolumeKey,
  createTrainingRole,
  jobArnOf,
  SPACE_JOB,
} from './training-role.ts'

/** After the daily run and the rebuilds of search indexes, so that they do not compete. */
const HOURS_AFTER_DAILY_RUN = 3
/** A closing ends within minutes of its run's start. One that takes longer is placed an hour later. */
const MINUTES_AFTER_CLOSING = 20

/** What the jobs of this deployment run, and whether that is our own image: no other can train a space. */
interface TrainingImage {
  image: DockerImageAsset
  isOwnImage: boolean
}

/**
 * The space of scenes that define one. Once a day, a Lambda that trains it again where that is due; a graph that is
 * too large for it trains on SageMaker, whose event continues. Every hour, after the closing, a Lambda that places
 * new items and users in the spaces that are kept.
 */
export class Embeddings extends Construct {
  constructor(scope: Construct, id: string, parts: PipelineParts, training: TrainingImage) {
    super(scope, id)
    this.#embed(parts, training)
    this.#place(parts)
  }

  #embed(parts: PipelineParts, { image, isOwnImage }: TrainingImage): void {
    const { deadLetters, store } = parts
    const { repository } = image
    const jobRole = createTrainingRole(this, 'TrainingRole', store, repository, SPACE_JOB)
    const stage = new StageFunction(this, embed, parts, { deadLetters })
      .knows('SPACE_TASK', isOwnImage ? 'deployed' : 'absent')
      .mayUse('TRAINING_IMAGE', image.imageUri, (role) =>
        allowJobs(role, jobArnOf(this, ALL_SPACE_JOBS)),
      )
      .mayUse('SPACE_TRAINING_ROLE', jobRole.roleArn, (role) => allowJobRole(role, jobRole))
      .mayUse('MODELS_KEY', store.models.keyArn, (role) =>
        allowVolumeKey(role, store.models.keyArn),
      )
    mayMirror(stage.role, parts)
    const { lambda } = stage
    const schedules = new Schedules(this, 'Weekly', parts, {
      action: 'lambda:InvokeFunction',
      arn: lambda.functionArn,
    })
    for (const { scene, tiers } of embeddedScenes(parts))
      schedules.add(scene, laterBy(HOURS_AFTER_DAILY_RUN, tiers.daily), { scene })
    const ended = new Rule(this, 'TrainingEnded', {
      description: 'A training job of a space of this deployment ended',
      eventPattern: {
        source: ['aws.sagemaker'],
        detailType: ['SageMaker Training Job State Change'],
        detail: {
          // Another deployment in the same account uses the same job names.
          RoleArn: [jobRole.roleArn],
          TrainingJobName: Match.prefix(prefixOf(ALL_SPACE_JOBS)),
          TrainingJobStatus: ['Completed', 'Failed', 'Stopped'],
        },
      },
      targets: [new LambdaFunction(lambda, { deadLetterQueue: deadLetters })],
    })
    // The generated id has the name of the stack, which differs between environments.
    for (const child of ended.node.children)
      if (child instanceof CfnPermission)
        child.overrideLogicalId('EmbeddingsTrainingEndedPermission')
  }

  #place(parts: PipelineParts): void {
    const { deadLetters } = parts
    const { lambda, role } = new StageFunction(this, place, parts, { deadLetters })
    mayMirror(role, parts)
    const schedules = new Schedules(this, 'Hourly', parts, {
      action: 'lambda:InvokeFunction',
      arn: lambda.functionArn,
    })
    for (const scene of embeddedScenes(parts))
      schedules.add(
        scene.scene,
        {
          everyHours: scene.embeddings!.placeEveryHours,
          minuteUtc: (closingMinute(scene) + MINUTES_AFTER_CLOSING) % 60,
        },
        { scene: scene.scene },
      )
  }
}

/** Lets a function write to the other stores of vectors that scenes name. */
function mayMirror(role: Role, parts: PipelineParts): void {
  for (const { embeddings } of embeddedScenes(parts)) {
    const store = embeddings!.vectorStore
    if (store?.kind === 's3-vectors') allowVectorBucket(role, store.bucket)
    if (store?.kind === 'open-search' && store.access === 'es') allowDomain(role, store.arn!)
  }
}

/** Scenes that define a space. */
export const embeddedScenes = ({ settings }: Pick<PipelineParts, 'settings'>) =>
  settings.scenes.filter(({ embeddings }) => embeddings !== undefined)
