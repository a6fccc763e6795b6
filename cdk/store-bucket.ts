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

/** What holds for every bucket: private, TLS only, owned by the account. */
export const GUARDED = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
} as const satisfies BucketProps

/** What an upload left behind that never ended. */
export const ABANDONED_UPLOADS = { abortIncompleteMultipartUploadAfter: Duration.days(3) } as const

/** An object that expired leaves a marker in a versioned bucket; once nothing is under it, it goes too. */
const DELETED_FOR_GOOD = { expiredObjectDeleteMarker: true } as const

export interface KeyedBucketProps extends Pick<BucketProps, 'versioned' | 'lifecycleRules'> {
  key: Key
  accessLogs: Bucket
  removalPolicy: RemovalPolicy
}

/** A bucket under a key of ours, its accesses logged. */
export function keyedBucket(stack: Stack, id: string, props: KeyedBucketProps): Bucket {
  return new Bucket(stack, id, {
    ...GUARDED,
    encryption: BucketEncryption.KMS,
    encryptionKey: props.key,
    // One data key for many objects: without it each request is a paid call of KMS.
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

/** Sends the bucket's events to EventBridge; the construct's own switch would bring a function for it. */
export function announceObjects(bucket: Bucket): void {
  const resource = bucket.node.defaultChild as CfnBucket
  resource.notificationConfiguration = {
    eventBridgeConfiguration: { eventBridgeEnabled: true },
  }
}

/** Names and ARNs for another stack: it can use the bucket and can change nothing about it. */
export function exportBucket(stack: Stack, bucket: Bucket, key: Key): StoreBucket {
  return {
    name: stack.exportValue(bucket.bucketName),
    arn: stack.exportValue(bucket.bucketArn),
    keyArn: stack.exportValue(key.keyArn),
  }
}
