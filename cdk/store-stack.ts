import {
  CfnOutput,
  Duration,
  type RemovalPolicy,
  Stack,
  type StackProps,
  Validations,
} from 'aws-cdk-lib'
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb'
import type { Key } from 'aws-cdk-lib/aws-kms'
import { Bucket, BucketEncryption, StorageClass } from 'aws-cdk-lib/aws-s3'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import type { Deployment, Settings } from './config.ts'
import { dataRemoval } from './environment.ts'
import { lakeExpiry } from './lake-expiry.ts'
import {
  ABANDONED_UPLOADS,
  announceObjects,
  exportBucket,
  GUARDED,
  keyedBucket,
} from './store-bucket.ts'
import { createDataKey, createIdentityKey } from './store-keys.ts'
import type { StoreBucket, StoreNames, StoreSecret, StoreTable } from './store-names.ts'

/** What each table holds. */
const TABLES = {
  Registry: 'Versions, decisions and releases',
  Online: 'Counts that the online side reads',
} as const

/** What is kept: keys, buckets, tables and the secret. The pipeline knows it by name and ARN alone. */
export class StoreStack extends Stack implements StoreNames {
  readonly dataKeyArn: string
  readonly raw: StoreBucket
  readonly quarantine: StoreBucket
  readonly lake: StoreBucket
  readonly models: StoreBucket
  readonly registry: StoreTable
  readonly online: StoreTable
  readonly identitySecret: StoreSecret

  constructor(scope: Construct, id: string, settings: Deployment, props: StackProps) {
    super(scope, id, props)
    const dataKey = createDataKey(this, settings)
    const identityKey = createIdentityKey(this, settings)
    const removalPolicy = dataRemoval(settings)
    this.dataKeyArn = this.exportValue(dataKey.keyArn)

    const accessLogs = this.#accessLogs(removalPolicy)
    const raw = keyedBucket(this, 'Raw', {
      key: identityKey,
      accessLogs,
      removalPolicy,
      // An overwritten drop is another drop, and either can be replayed.
      versioned: true,
      lifecycleRules: [
        {
          expiration: Duration.days(settings.rawRetentionDays),
          noncurrentVersionExpiration: Duration.days(settings.rawRetentionDays),
        },
      ],
    })
    announceObjects(raw)
    const quarantine = keyedBucket(this, 'Quarantine', {
      key: identityKey,
      accessLogs,
      removalPolicy,
      lifecycleRules: [{ expiration: Duration.days(settings.quarantineRetentionDays) }],
    })
    const lake = keyedBucket(this, 'Lake', {
      key: dataKey,
      accessLogs,
      removalPolicy,
      // Most of it is read for weeks; a full training comes back for a year of it.
      lifecycleRules: [
        {
          transitions: [
            {
              storageClass: StorageClass.INTELLIGENT_TIERING,
              transitionAfter: Duration.days(30),
            },
          ],
        },
        ...(settings.lakeRetentionDays === undefined
          ? []
          : lakeExpiry(settings.scenes, settings.lakeRetentionDays)),
      ],
    })
    const models = keyedBucket(this, 'Models', {
      key: dataKey,
      accessLogs,
      removalPolicy,
      versioned: true,
      lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(30) }],
    })
    this.raw = exportBucket(this, raw, identityKey)
    this.quarantine = exportBucket(this, quarantine, identityKey)
    this.lake = exportBucket(this, lake, dataKey)
    this.models = exportBucket(this, models, dataKey)

    this.registry = this.#table('Registry', dataKey, settings)
    this.online = this.#table('Online', dataKey, settings, 'expiresAt')
    this.identitySecret = this.#identitySecret(identityKey, removalPolicy)

    this.#tell('RawBucket', raw.bucketName, 'Logs go here: raw/<scene>/<kind>/')
    this.#tell('QuarantineBucket', quarantine.bucketName, 'Records set aside, with their reasons')
    this.#tell('LakeBucket', lake.bucketName, 'Clean events, samples and their accounts')
    this.#tell('ModelsBucket', models.bucketName, 'Model versions and reports')
    this.#tell(
      'IdentityKey',
      identityKey.keyArn,
      'Who writes drops may call kms:GenerateDataKey on it, and kms:Decrypt for uploads in parts',
    )
  }

  #tell(id: string, value: string, description: string): void {
    new CfnOutput(this, `${id}Output`, { value, description })
  }

  #accessLogs(removalPolicy: RemovalPolicy): Bucket {
    const bucket = new Bucket(this, 'AccessLogs', {
      ...GUARDED,
      removalPolicy,
      // S3 delivers access logs under its own key only.
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [ABANDONED_UPLOADS, { expiration: Duration.days(90) }],
    })
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'This is where access logs go; logging its own accesses would feed itself.',
    })
    return bucket
  }

  #table(id: keyof typeof TABLES, key: Key, settings: Settings, timeToLive?: string): StoreTable {
    const table = new Table(this, id, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: settings.isProtected,
      removalPolicy: dataRemoval(settings),
      ...(timeToLive ? { timeToLiveAttribute: timeToLive } : {}),
    })
    // By the table itself: an export cannot be imported by the stack that makes it.
    this.#tell(`${id}Table`, table.tableName, TABLES[id])
    return {
      name: this.exportValue(table.tableName),
      arn: this.exportValue(table.tableArn),
      keyArn: this.exportValue(key.keyArn),
    }
  }

  #identitySecret(key: Key, removalPolicy: RemovalPolicy): StoreSecret {
    const secret = new Secret(this, 'IdentitySecret', {
      description: 'Quartermaster: the key of the hash that stands for a person past intake',
      encryptionKey: key,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy,
    })
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'A rotated secret gives every person a new hash: the past would no longer join the present, in samples, counts and models alike.',
    })
    return { arn: this.exportValue(secret.secretArn), keyArn: this.exportValue(key.keyArn) }
  }
}
