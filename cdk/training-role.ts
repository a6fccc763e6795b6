import { ArnFormat, Stack } from 'aws-cdk-lib'
import type { IRepository } from 'aws-cdk-lib/aws-ecr'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import * as keys from '../functions/contract/keys.ts'
import { allow, allowList, allowRead, allowWrite } from './grants.ts'
import type { StoreNames } from './store-names.ts'

/** SageMaker's log group, with one stream for each job. */
const LOG_GROUP = '/aws/sagemaker/TrainingJobs'

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
  allowRead(role, lake, [keys.sampleParts])
  allowList(role, lake, [keys.sampleFiles])
  const inputs = [
    keys.runChannels,
    keys.samplesChannels,
    keys.modelsChannels,
    keys.modelFiles,
    keys.checkpoints,
  ]
  allowRead(role, models, inputs)
  allowList(role, models, [...inputs, keys.jobFolders])
  allowWrite(role, models, [keys.jobFolders, keys.checkpoints])
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
