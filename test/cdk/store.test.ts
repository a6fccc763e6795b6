import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { beforeAll, describe, expect, test } from 'vitest'
import { readDeployment } from '../../cdk/config.ts'
import { CDK_FLAGS } from '../../cdk/flags.ts'
import { StoreStack } from '../../cdk/store-stack.ts'
import { ofType, type Resource, resourcesIn, shortName, statementsOf } from './synthesized.ts'

let store: Resource[]
beforeAll(() => {
  store = resourcesIn(storeOf({}).toJSON())
})
const bucket = (id: string): Record<string, unknown> =>
  ofType(store, 'AWS::S3::Bucket').find((found) => new RegExp(`^${id}[0-9A-F]{8}$`).test(found.id))!
    .properties
const keyOf = (id: string): string => {
  const { ServerSideEncryptionConfiguration: rules } = bucket(id)['BucketEncryption'] as {
    ServerSideEncryptionConfiguration: {
      ServerSideEncryptionByDefault: { KMSMasterKeyID?: unknown; SSEAlgorithm: string }
    }[]
  }
  const { KMSMasterKeyID, SSEAlgorithm } = rules[0]!.ServerSideEncryptionByDefault
  return KMSMasterKeyID ? shortName(KMSMasterKeyID) : SSEAlgorithm
}

/** The store alone, by a context. */
const storeOf = (context: Record<string, unknown>): Template => {
  const settings = readDeployment((key) => ({ scenes: 'feed', ...context })[key])
  return Template.fromStack(
    new StoreStack(new App({ context: CDK_FLAGS }), 'QuartermasterStore', settings, {}),
  )
}

describe('The store', () => {
  test('The store keeps all its data when its stack is deleted', () => {
    const lasting = ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::KMS::Key']
    const kept = store.filter(({ type }) =>
      [...lasting, 'AWS::SecretsManager::Secret'].includes(type),
    )
    expect(kept).toHaveLength(5 + 2 + 2 + 2)
    for (const { id, deletionPolicy } of kept) expect(deletionPolicy, id).toBe('Retain')
  })

  test('Every bucket refuses public access and unencrypted connections', () => {
    const policies = ofType(store, 'AWS::S3::BucketPolicy')
    for (const { id, properties } of ofType(store, 'AWS::S3::Bucket')) {
      expect(properties['PublicAccessBlockConfiguration'], id).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      })
      expect(properties['OwnershipControls'], id).toEqual({
        Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }],
      })
      const policy = policies.find(
        (found) => (found.properties['Bucket'] as { Ref: string }).Ref === id,
      )!
      const refused = statementsOf(policy.properties['PolicyDocument']).filter(
        ({ effect, actions }) => effect === 'Deny' && actions.includes('s3:*'),
      )
      const conditions = refused.map((statement) => statement.conditions)
      expect(conditions, id).toContainEqual({ Bool: { 'aws:SecureTransport': 'false' } })
      expect(conditions, id).toContainEqual({ NumericLessThan: { 's3:TlsVersion': 1.2 } })
    }
  })

  test('Raw identifiers are encrypted under a key of their own', () => {
    expect(keyOf('Raw')).toBe('IdentityKey')
    expect(keyOf('Quarantine')).toBe('IdentityKey')
    expect(keyOf('Lake')).toBe('DataKey')
    expect(keyOf('Models')).toBe('DataKey')
    expect(keyOf('AccessLogs')).toBe('AES256')
    for (const secret of ofType(store, 'AWS::SecretsManager::Secret'))
      expect(shortName(secret.properties['KmsKeyId']), secret.id).toBe('IdentityKey')
  })

  test('Every key of the store rotates', () => {
    for (const key of ofType(store, 'AWS::KMS::Key'))
      expect(key.properties['EnableKeyRotation'], key.id).toBe(true)
  })

  test('Raw and quarantined objects expire after the configured days', () => {
    const template = storeOf({ rawRetentionDays: '3', quarantineRetentionDays: 9 })
    const daysOf = (id: string): unknown[] =>
      Object.entries(template.findResources('AWS::S3::Bucket'))
        .filter(([name]) => new RegExp(`^${id}[0-9A-F]{8}$`).test(name))
        .flatMap(([, { Properties }]) => Properties.LifecycleConfiguration.Rules)
    expect(daysOf('Raw')).toContainEqual({
      ExpirationInDays: 3,
      NoncurrentVersionExpiration: { NoncurrentDays: 3 },
      Status: 'Enabled',
    })
    expect(daysOf('Quarantine')).toContainEqual({ ExpirationInDays: 9, Status: 'Enabled' })
  })

  test('Lake retention expires dated data, but never statements or accounts', () => {
    const expiryOf = (context: Record<string, unknown>): [string, number][] =>
      Object.entries(storeOf(context).findResources('AWS::S3::Bucket'))
        .filter(([name]) => /^Lake[0-9A-F]{8}$/.test(name))
        .flatMap(([, { Properties }]) => Properties.LifecycleConfiguration.Rules)
        .filter(({ ExpirationInDays }) => ExpirationInDays !== undefined)
        .map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays])
    expect(expiryOf({})).toEqual([])
    expect(expiryOf({ scenes: 'feed,open-bandit', lakeRetentionDays: 120 })).toEqual([
      ['signatures/', 120],
      ['clean/feed/events/', 120],
      ['clean/open-bandit/events/', 120],
      ['clean/feed/served/', 120],
      ['clean/open-bandit/served/', 120],
      ['closed/', 120],
      ['counters/', 120],
      ['findings/', 120],
      ['verdicts/', 120],
      ['corrections/', 120],
      ['states/', 120],
      ['deltas/', 120],
      ['samples/', 120],
      ['search-queries/', 120],
      ['model-answers/', 120],
      ['preferences/', 120],
      ['trainer-data/', 120],
      ['answer-reports/', 120],
    ])
  })

  test('Raw drops and manifests are announced, and without a helper function', () => {
    const announced = ofType(store, 'AWS::S3::Bucket').filter(
      ({ properties }) => properties['NotificationConfiguration'],
    )
    expect(announced.map(({ id }) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(['Raw', 'Lake'])
    for (const { properties } of announced)
      expect(properties['NotificationConfiguration']).toEqual({
        EventBridgeConfiguration: { EventBridgeEnabled: true },
      })
    expect(bucket('Raw')['VersioningConfiguration']).toEqual({ Status: 'Enabled' })
  })

  test('Tables are recoverable and encrypted, and online values expire', () => {
    const tables = ofType(store, 'AWS::DynamoDB::Table')
    for (const { id, properties } of tables) {
      expect(properties, id).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      })
      const { KMSMasterKeyId } = properties['SSESpecification'] as { KMSMasterKeyId: unknown }
      expect(shortName(KMSMasterKeyId), id).toBe('DataKey')
    }
    const expiring = tables.filter(({ properties }) => properties['TimeToLiveSpecification'])
    expect(expiring.map(({ id }) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(['Online'])
    expect(expiring[0]!.properties['TimeToLiveSpecification']).toEqual({
      AttributeName: 'expiresAt',
      Enabled: true,
    })
  })

  test('An unprotected environment allows the deletion of its tables', () => {
    storeOf({ isProtected: 'false' }).allResourcesProperties('AWS::DynamoDB::Table', {
      DeletionProtectionEnabled: false,
    })
  })
})
