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

/** Grants for roles. Each statement is as narrow as the names known at deployment allow. */

/**
 * Adds a statement. The security rules report a resource with a wildcard (`…/samples/*`);
 * `openBecause` gives the reason, for these resources of this role only.
 */
export function allow(role: Role, statement: PolicyStatementProps, openBecause?: string): void {
  role.addToPrincipalPolicy(new PolicyStatement(statement))
  if (openBecause !== undefined) acknowledgeOpen(role, statement.resources ?? [], openBecause)
}

/** Gives the reason for wildcard resources in a policy that the CDK generates. */
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

/** Grants the key through one service only: no function may call KMS directly. */
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
 * Grants reading a named version, a separate action (Amazon S3 API reference, GetObject). For
 * stages that must not read a newer object under the same key.
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
  // A multipart upload decrypts its own parts.
  allowKey(role, bucket.keyArn, 's3', ['kms:GenerateDataKey', 'kms:Decrypt'])
}

export function allowDelete(role: Role, bucket: StoreBucket, families: readonly Family[]): void {
  allow(role, { actions: ['s3:DeleteObject'], resources: objectsOf(bucket, families) }, FAMILY)
}

/**
 * Grants listing by prefix. S3 also needs it, with the key as prefix, to report a missing object:
 * without it a missing key answers 403 (Amazon S3 API reference, GetObject).
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
  'read in batches': ['dynamodb:BatchGetItem'],
  scan: ['dynamodb:Scan'],
  write: ['dynamodb:PutItem'],
  update: ['dynamodb:UpdateItem', 'dynamodb:PartiQLUpdate', 'dynamodb:PartiQLInsert'],
  'write in batches': ['dynamodb:BatchWriteItem'],
}

export function allowTable(role: Role, table: StoreTable, uses: readonly TableUse[]): void {
  allow(role, { actions: uses.flatMap((use) => TABLE_ACTIONS[use]), resources: [table.arn] })
  allowKey(role, table.keyArn, 'dynamodb', ['kms:Decrypt', 'kms:DescribeKey'])
}

/** Grants receiving from an encrypted queue. An event source mapping uses its function's role. */
export function allowReceive(role: Role, queueArn: string, keyArn: string): void {
  const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']
  allow(role, { actions, resources: [queueArn] })
  allowKey(role, keyArn, 'sqs', ['kms:Decrypt'])
}

/** Grants sending to an encrypted queue. */
export function allowSend(role: Role, queueArn: string, keyArn: string): void {
  allow(role, { actions: ['sqs:SendMessage'], resources: [queueArn] })
  allowKey(role, keyArn, 'sqs', ['kms:GenerateDataKey', 'kms:Decrypt'])
}

const DOMAIN_PATHS =
  'Requests to a domain are paths: indexes of each generation, their documents, _bulk and _aliases.'
/** Bulk requests, new indexes and aliases, and deletions of old indexes. */
export const DOMAIN_ACTIONS = ['es:ESHttpGet', 'es:ESHttpPost', 'es:ESHttpPut', 'es:ESHttpDelete']

/** Grants writing to a domain of OpenSearch. */
export const allowDomain = (role: Role, domainArn: string): void =>
  allow(role, { actions: DOMAIN_ACTIONS, resources: [`${domainArn}/*`] }, DOMAIN_PATHS)

const VECTOR_INDEXES = 'An index is named after its generation, which is not known at deployment.'

/** Grants writing to the indexes of a vector bucket of this account and region. */
export function allowVectorBucket(role: Role, bucketName: string): void {
  const bucket = Stack.of(role).formatArn({
    service: 's3vectors',
    resource: 'bucket',
    resourceName: bucketName,
  })
  allow(role, { actions: ['s3vectors:ListIndexes'], resources: [bucket] })
  const actions = [
    ...['s3vectors:CreateIndex', 's3vectors:GetIndex', 's3vectors:DeleteIndex'],
    ...['s3vectors:PutVectors', 's3vectors:DeleteVectors'],
  ]
  allow(role, { actions, resources: [`${bucket}/index/*`] }, VECTOR_INDEXES)
}

const PROFILE_MODELS =
  'An inference profile sends a request on to models of its own choice, in any region of its geography: they are allowed through this profile alone.'

/**
 * Grants asking one model of Amazon Bedrock, by the id of a model or of an inference profile, or by the ARN of either
 * (Bedrock user guide, "Prerequisites for inference profiles").
 */
export function allowLanguageModel(role: Role, modelId: string): void {
  const actions = ['bedrock:InvokeModel']
  const modelArn = (region: string, model: string): string =>
    `arn:${Aws.PARTITION}:bedrock:${region}::foundation-model/${model}`
  const isProfile = /^(us|us-gov|eu|apac|jp|au|ca|global)\.|inference-profile\//.test(modelId)
  const arnOf = (resource: string): string =>
    Stack.of(role).formatArn({ service: 'bedrock', resource, resourceName: modelId })
  const isArn = modelId.startsWith('arn:')
  if (!isProfile)
    allow(role, { actions, resources: [isArn ? modelId : modelArn(Aws.REGION, modelId)] })
  else {
    const profile = isArn ? modelId : arnOf('inference-profile')
    allow(role, { actions, resources: [profile] })
    const conditions = { StringEquals: { 'bedrock:InferenceProfileArn': profile } }
    allow(role, { actions, resources: [modelArn('*', '*')], conditions }, PROFILE_MODELS)
  }
}
