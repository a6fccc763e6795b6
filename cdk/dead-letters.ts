import { Duration } from 'aws-cdk-lib'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'

/** A dead-letter queue. It keeps messages for the longest time that SQS allows. */
export const deadLetterQueue = (scope: Construct, id: string, dataKey: IKey): Queue =>
  new Queue(scope, id, {
    encryption: QueueEncryption.KMS,
    encryptionMasterKey: dataKey,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  })
