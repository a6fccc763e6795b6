import { Duration, type RemovalPolicy, type Stack } from 'aws-cdk-lib'
import type { Key } from 'aws-cdk-lib/aws-kms'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type CfnBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3'
import type { StoreBucket } from './store-names.ts'

/** Settings of every bucket: private, TLS only, owned by the account. */
export const GUARDED = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
} as const satisfies BucketProps

/** Deletes the parts of unfinished uploads. */
export const ABANDONED_UPLOADS = { abortIncompleteMultipartUploadAfter: Duration.days(3) } as const

/** In a versioned bucket an expired object leaves a marker. This deletes a marker without versions. */
const DELETED_FOR_GOOD = { expiredObjectDeleteMarker: true } as const

export interface KeyedBucketProps extends Pick<BucketProps, 'versioned' | 'lifecycleRules'> {
  key: Key
  accessLogs: Bucket
  removalPolicy: RemovalPolicy
}

/** A bucket with its own KMS key and access logs. */
export function keyedBucket(stack: Stack, id: string, props: KeyedBucketProps): Bucket {
  return new Bucket(stack, id, {
    ...GUARDED,
    encryption: BucketEncryption.KMS,
    encryptionKey: props.key,
    // One data key for many objects. Otherwise each request is a paid call of KMS.
    bucketKeyEnabled: true,
    serverAccessLogsBucket: props.accessLogs,
    serverAccessLogsPrefix: `${id.toLowerCase()}/`,
    removalPolicy: props.removalPolicy,
    versioned: props.versioned ?? false,
    lifecycleRules: [
      ABANDONED_UPLOADS,
      ...(props.versioned ? [DELETED_FOR_GOOD] : []),
      ...(props.lifecycleRules ?? []),
    ],
  })
}

/** Sends the bucket's events to EventBridge. The CDK's own switch would add a Lambda function. */
export function announceObjects(bucket: Bucket): void {
  const resource = bucket.node.defaultChild as CfnBucket
  resource.notificationConfiguration = {
    eventBridgeConfiguration: { eventBridgeEnabled: true },
  }
}

/** Exports name and ARNs for another stack, which can use the bucket but not change it. */
export function exportBucket(stack: Stack, bucket: Bucket, key: Key): StoreBucket {
  return {
    name: stack.exportValue(bucket.bucketName),
    arn: stack.exportValue(bucket.bucketArn),
    keyArn: stack.exportValue(key.keyArn),
  }
}
