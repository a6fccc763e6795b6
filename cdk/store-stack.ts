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
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager'
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
import { createIdentitySecret, createProducersSecret } from './store-secrets.ts'

/** Output descriptions of the tables. */
const TABLES = {
  Registry: 'Versions, decisions and releases',
  Online: 'Values for online services',
} as const

/** The retained data: keys, buckets, tables and secrets. The pipeline knows only names and ARNs. */
export class StoreStack extends Stack implements StoreNames {
  readonly dataKeyArn: string
  readonly raw: StoreBucket
  readonly quarantine: StoreBucket
  readonly lake: StoreBucket
  readonly models: StoreBucket
  readonly registry: StoreTable
  readonly online: StoreTable
  readonly identitySecret: StoreSecret
  readonly producersSecret: StoreSecret

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
      // An overwritten drop is a new drop, and both can be replayed.
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
      // Most objects are read for weeks, but a full training reads up to a year.
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
    // The manifests of drops start the near line.
    announceObjects(lake)
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
    const secrets = { key: identityKey, removalPolicy }
    this.identitySecret = this.#exported(createIdentitySecret(this, secrets), identityKey)
    const producers = createProducersSecret(this, secrets)
    this.producersSecret = this.#exported(producers, identityKey)

    this.#output('RawBucket', raw.bucketName, 'Put logs under raw/<scene>/<kind>/')
    this.#output('QuarantineBucket', quarantine.bucketName, 'Quarantined records with reasons')
    this.#output('LakeBucket', lake.bucketName, 'Clean events, samples and their accounts')
    this.#output('ModelsBucket', models.bucketName, 'Model versions and reports')
    this.#output(
      'IdentityKey',
      identityKey.keyArn,
      'Writers of drops need kms:GenerateDataKey on this key, and kms:Decrypt for multipart uploads',
    )
    // The stack's own resource, as for a table's name.
    this.#output('ProducersSecret', producers.secretArn, 'Keys by which producers sign their drops')
  }

  #output(id: string, value: string, description: string): void {
    new CfnOutput(this, `${id}Output`, { value, description })
  }

  #accessLogs(removalPolicy: RemovalPolicy): Bucket {
    const bucket = new Bucket(this, 'AccessLogs', {
      ...GUARDED,
      removalPolicy,
      // S3 delivers access logs only to buckets with S3-managed keys.
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
    // The table's own name: a stack cannot import its own export.
    this.#output(`${id}Table`, table.tableName, TABLES[id])
    return {
      name: this.exportValue(table.tableName),
      arn: this.exportValue(table.tableArn),
      keyArn: this.exportValue(key.keyArn),
    }
  }

  #exported(secret: Secret, key: Key): StoreSecret {
    return { arn: this.exportValue(secret.secretArn), keyArn: this.exportValue(key.keyArn) }
  }
}
