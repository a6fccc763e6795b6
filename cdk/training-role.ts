import { ArnFormat, Stack } from 'aws-cdk-lib'
import type { IRepository } from 'aws-cdk-lib/aws-ecr'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import * as keys from '../functions/contract/keys.ts'
import { allow, allowList, allowRead, allowWrite } from './grants.ts'
import type { StoreNames } from './store-names.ts'

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
export const TRAINING_JOB = {
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

/**
 * The role of a training job. It reads samples and models, and writes output and checkpoints.
 * "SageMaker AI roles": the permissions of CreateTrainingJob's execution role, limited to our names.
 */
export function createTrainingRole(
  scope: Construct,
  id: string,
  { lake, models }: StoreNames,
  repository: IRepository,
): Role {
  const role = new Role(scope, id, { assumedBy: new ServicePrincipal('sagemaker.amazonaws.com') })
  allowRead(role, lake, TRAINING_JOB.samples.reads)
  allowList(role, lake, TRAINING_JOB.samples.lists)
  allowRead(role, models, TRAINING_JOB.models.reads)
  allowList(role, models, TRAINING_JOB.models.lists)
  allowWrite(role, models, TRAINING_JOB.models.writes)
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
