import { Aws, Stack, Validations } from 'aws-cdk-lib'
import {
  type Policy,
  PolicyStatement,
  type PolicyStatementProps,
  type Role,
} from 'aws-cdk-lib/aws-iam'
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js'
import type { IConstruct } from 'constructs'
import type { Family } from '../functions/contract/family.ts'
import type { TableUse } from '../functions/contract/stage.ts'
import type { StoreBucket, StoreTable } from './store-names.ts'

/** What a role may do, each statement as narrow as the names that are known at deployment. */

/**
 * Adds a statement. A resource that ends open (`…/samples/*`) is a finding of the security rules;
 * `openBecause` argues it, for these resources of this role alone.
 */
export function allow(role: Role, statement: PolicyStatementProps, openBecause?: string): void {
  role.addToPrincipalPolicy(new PolicyStatement(statement))
  if (openBecause !== undefined) acknowledgeOpen(role, statement.resources ?? [], openBecause)
}

/** Argues the open resources of a policy that the CDK has written by itself. */
export function acknowledgeOpenResources(policy: Policy, reason: string): void {
  const { Statement } = Stack.of(policy).resolve(policy.document) as {
    Statement: { Resource: unknown }[]
  }
  acknowledgeOpen(
    policy,
    Statement.flatMap(({ Resource }) => Resource),
    reason,
  )
}

function acknowledgeOpen(scope: IConstruct, resources: readonly unknown[], reason: string): void {
  const found = resources.map((name) => flattenCfnReference(Stack.of(scope).resolve(name)))
  for (const resource of new Set(found.filter((name) => name.includes('*'))))
    Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason })
}

const via = (service: string) => ({
  StringEquals: { 'kms:ViaService': `${service}.${Aws.REGION}.${Aws.URL_SUFFIX}` },
})

/** The key, through one service only: no function decrypts anything by itself. */
export function allowKey(
  role: Role,
  keyArn: string,
  service: 's3' | 'dynamodb' | 'secretsmanager' | 'sqs',
  actions: readonly ('kms:Decrypt' | 'kms:GenerateDataKey' | 'kms:Encrypt' | 'kms:DescribeKey')[],
): void {
  allow(role, { actions: [...actions], resources: [keyArn], conditions: via(service) })
}

const objectsOf = ({ arn }: StoreBucket, families: readonly Family[]): string[] =>
  families.map(({ pattern }) => `${arn}/${pattern}`)
const FAMILY =
  'The names of objects are not known at deployment; the family of keys is, and no more than it.'

export function allowRead(role: Role, bucket: StoreBucket, families: readonly Family[]): void {
  allow(role, { actions: ['s3:GetObject'], resources: objectsOf(bucket, families) }, FAMILY)
  allowKey(role, bucket.keyArn, 's3', ['kms:Decrypt'])
}

/**
 * Getting a version that is named, which is an action of its own (Amazon S3 API reference,
 * GetObject): where what was written over a key since must not be read in its place.
 */
export function allowReadVersion(
  role: Role,
  bucket: StoreBucket,
  families: readonly Family[],
): void {
  allow(role, { actions: ['s3:GetObjectVersion'], resources: objectsOf(bucket, families) }, FAMILY)
  allowKey(role, bucket.keyArn, 's3', ['kms:Decrypt'])
}

export function allowWrite(role: Role, bucket: StoreBucket, families: readonly Family[]): void {
  allow(role, { actions: ['s3:PutObject'], resources: objectsOf(bucket, families) }, FAMILY)
  // A multipart upload reads back what it has encrypted.
  allowKey(role, bucket.keyArn, 's3', ['kms:GenerateDataKey', 'kms:Decrypt'])
}

export function allowDelete(role: Role, bucket: StoreBucket, families: readonly Family[]): void {
  allow(role, { actions: ['s3:DeleteObject'], resources: objectsOf(bucket, families) }, FAMILY)
}

/**
 * Listing, by prefix. S3 also asks for it, with the key as the prefix, before it says that an object
 * is not there: without it a missing key answers 403 (Amazon S3 API reference, GetObject).
 */
export function allowList(role: Role, bucket: StoreBucket, families: readonly Family[]): void {
  allow(role, {
    actions: ['s3:ListBucket'],
    resources: [bucket.arn],
    conditions: { StringLike: { 's3:prefix': families.map(({ pattern }) => pattern) } },
  })
}

const TABLE_ACTIONS: Record<TableUse, string[]> = {
  read: ['dynamodb:GetItem', 'dynamodb:Query'],
  write: ['dynamodb:PutItem'],
  'write in batches': ['dynamodb:BatchWriteItem'],
}

export function allowTable(role: Role, table: StoreTable, uses: readonly TableUse[]): void {
  allow(role, { actions: uses.flatMap((use) => TABLE_ACTIONS[use]), resources: [table.arn] })
  allowKey(role, table.keyArn, 'dynamodb', ['kms:Decrypt', 'kms:DescribeKey'])
}

/** Receiving from an encrypted queue, as an event source mapping does in the role of its function. */
export function allowReceive(role: Role, queueArn: string, keyArn: string): void {
  const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']
  allow(role, { actions, resources: [queueArn] })
  allowKey(role, keyArn, 'sqs', ['kms:Decrypt'])
}

/** Sending to an encrypted queue. */
export function allowSend(role: Role, queueArn: string, keyArn: string): void {
  allow(role, { actions: ['sqs:SendMessage'], resources: [queueArn] })
  allowKey(role, keyArn, 'sqs', ['kms:GenerateDataKey', 'kms:Decrypt'])
}
