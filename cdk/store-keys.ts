import { ArnFormat, Aws, type Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import type { Settings } from './config.ts'
import { dataRemoval } from './environment.ts'

/** Lets an AWS service use the key on behalf of this account. */
function admit(key: Key, service: string, conditions: Record<string, Record<string, string>>) {
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(service)],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions,
    }),
  )
}

/** The data key: lake, models, tables, queues, logs. Past intake there is no raw identifier. */
export function createDataKey(stack: Stack, settings: Settings): Key {
  const key = new Key(stack, 'DataKey', {
    alias: `${stack.stackName}/data`,
    description: 'Quartermaster: data past intake',
    enableKeyRotation: true,
    removalPolicy: dataRemoval(settings),
  })
  const ofThisAccount = { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } }
  // Rules send to encrypted queues, and alarms publish to an encrypted topic.
  admit(key, 'events.amazonaws.com', ofThisAccount)
  admit(key, 'cloudwatch.amazonaws.com', ofThisAccount)
  if (settings.monthlyBudgetUsd !== undefined) admit(key, 'budgets.amazonaws.com', ofThisAccount)
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`logs.${Aws.REGION}.${Aws.URL_SUFFIX}`)],
      actions: [
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
      ],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': stack.formatArn({
            service: 'logs',
            resource: 'log-group',
            resourceName: '*',
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        },
      },
    }),
  )
  return key
}

/** The key of raw identifiers: the raw and quarantine buckets, and the secrets of intake. */
export const createIdentityKey = (stack: Stack, settings: Settings): Key =>
  new Key(stack, 'IdentityKey', {
    alias: `${stack.stackName}/identity`,
    description: 'Quartermaster: raw identifiers',
    enableKeyRotation: true,
    removalPolicy: dataRemoval(settings),
  })
