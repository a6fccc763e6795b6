import { ArnFormat, Stack } from 'aws-cdk-lib'
import type { IRepository } from 'aws-cdk-lib/aws-ecr'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import type { Family } from '../functions/contract/family.ts'
import * as keys from '../functions/contract/keys.ts'
import { allow, allowList, allowRead, allowWrite } from './grants.ts'
import type { StoreNames } from './store-names.ts'

export const JOB_NAMES =
  'A job is named after what it trains, which is not known at deployment; each job name begins with this prefix.'

/** SageMaker's log group, with one stream for each job. */
const LOG_GROUP = '/aws/sagemaker/TrainingJobs'

const inputs = [
  keys.runChannels,
  keys.samplesChannels,
  keys.modelsChannels,
  keys.modelFiles,
  keys.checkpoints,
]
/** What a training job reads and writes, in the lake and among the models. */
interface JobReach {
  samples: { reads: Family[]; lists: Family[] }
  models: { reads: Family[]; lists: Family[]; writes: Family[] }
}
export const TRAINING_JOB: JobReach = {
  samples: {
    reads: [keys.sampleParts, keys.pairParts, keys.sequenceParts],
    lists: [keys.sampleFiles],
  },
  models: {
    reads: inputs,
    lists: [...inputs, keys.jobFolders],
    writes: [keys.jobFolders, keys.checkpoints],
  },
}
const spaceInputs = [keys.spaceRunChannels, keys.spaceCheckpoints]
/** The same of a job that trains a space. */
export const SPACE_JOB: JobReach = {
  samples: { reads: [], lists: [] },
  models: {
    reads: spaceInputs,
    lists: [...spaceInputs, keys.spaceJobFolders],
    writes: [keys.spaceJobFolders, keys.spaceCheckpoints],
  },
}

/** Grants to start and look up the jobs of this ARN, to give them their role, and the key of their volumes. */
export const allowJobs = (role: Role, jobArn: string): void =>
  allow(
    role,
    {
      actions: [
        'sagemaker:CreateTrainingJob',
        'sagemaker:DescribeTrainingJob',
        'sagemaker:AddTags',
      ],
      resources: [jobArn],
    },
    JOB_NAMES,
  )
export const allowJobRole = (role: Role, jobRole: Role): void =>
  allow(role, {
    actions: ['iam:PassRole'],
    resources: [jobRole.roleArn],
    conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
  })
export function allowVolumeKey(role: Role, keyArn: string): void {
  // For the job's volume: "CreateTrainingJob", VolumeKmsKeyId.
  allow(role, { actions: ['kms:DescribeKey'], resources: [keyArn] })
  allow(role, {
    actions: ['kms:CreateGrant'],
    resources: [keyArn],
    conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
  })
}

/** Matches the training jobs whose names begin as `jobs` says. */
export const jobArnOf = (scope: Construct, { pattern }: { pattern: string }): string =>
  Stack.of(scope).formatArn({
    service: 'sagemaker',
    resource: 'training-job',
    resourceName: pattern,
  })

/**
 * The role of a training job. It reads its inputs, and writes output and checkpoints.
 * "SageMaker AI roles": the permissions of CreateTrainingJob's execution role, limited to our names.
 */
export function createTrainingRole(
  scope: Construct,
  id: string,
  { lake, models }: StoreNames,
  repository: IRepository,
  { samples, models: own }: JobReach = TRAINING_JOB,
): Role {
  const role = new Role(scope, id, { assumedBy: new ServicePrincipal('sagemaker.amazonaws.com') })
  if (samples.reads.length > 0) allowRead(role, lake, samples.reads)
  if (samples.lists.length > 0) allowList(role, lake, samples.lists)
  allowRead(role, models, own.reads)
  allowList(role, models, own.lists)
  allowWrite(role, models, own.writes)
  allow(role, { actions: ['kms:Encrypt', 'kms:DescribeKey'], resources: [models.keyArn] })
  allow(role, {
    actions: ['kms:CreateGrant'],
    resources: [models.keyArn],
    conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
  })
  allow(role, {
    actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    resources: [repository.repositoryArn],
  })
  allow(
    role,
    { actions: ['ecr:GetAuthorizationToken'], resources: ['*'] },
    'A registry token is for no named repository: the action knows only `*`, and reads nothing.',
  )
  const logs = (arnFormat: ArnFormat, resourceName: string): string =>
    Stack.of(scope).formatArn({ service: 'logs', resource: 'log-group', resourceName, arnFormat })
  allow(
    role,
    {
      actions: [
        'logs:CreateLogGroup',
        'logs:CreateLogStream',
        'logs:DescribeLogStreams',
        'logs:PutLogEvents',
      ],
      resources: [logs(ArnFormat.COLON_RESOURCE_NAME, `${LOG_GROUP}:*`)],
    },
    'The streams of one log group; SageMaker names them after jobs that are not known at deployment.',
  )
  return role
}
