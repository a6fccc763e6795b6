import { Duration } from 'aws-cdk-lib'
import { Match, Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { INTAKE_REDELIVERY_MINUTES, INTAKE_TIMEOUT_MINUTES } from '../functions/contract/time.ts'
import { HEAP_OPTIONS } from '../functions/intake/limits.ts'
import { deadLetterQueue } from './dead-letters.ts'
import { allowReceive, allowSend } from './grants.ts'
import * as keys from './key-patterns.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { reservedConcurrency } from './reserved.ts'
import { StageFunction } from './stage-function.ts'

/** What intake accepts is measured to end in time alone; and a drop that breaks it breaks no other. */
const DROPS_PER_BATCH = 1
/** A drop that failed this often fails for a reason of its own. */
const ATTEMPTS = 4

/** S3 → EventBridge → SQS → Lambda: each drop once it has landed. */
export class Intake extends Construct {
  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    const { store, alarms, dataKey } = parts
    const failed = deadLetterQueue(this, 'FailedDrops', dataKey)
    alarms.whenFilled(failed, failed, 'Drops that intake could not read', 'failed-drops')
    const drops = new Queue(this, 'Drops', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: dataKey,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.minutes(INTAKE_REDELIVERY_MINUTES),
      deadLetterQueue: { queue: failed, maxReceiveCount: ATTEMPTS },
    })
    alarms.whenOlderThan(drops, drops, Duration.hours(1), 'Drops wait longer than an hour')

    new Rule(this, 'Landed', {
      description: 'A drop has landed in the raw bucket',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [store.raw.name] },
          object: { key: Match.prefix(keys.prefixOf(keys.rawObjects)) },
        },
      },
      targets: [new SqsQueue(drops, { deadLetterQueue: parts.deadLetters })],
    })

    const intake = new StageFunction(this, 'intake', parts, {
      description: 'Reads a drop into the clean lake, what is wrong with it into quarantine',
      timeoutMinutes: INTAKE_TIMEOUT_MINUTES,
      memoryMiB: 1769, // one whole processor
      reserved: reservedConcurrency(parts.settings).intake,
    })
      .readsVersions(store.raw, 'RAW_BUCKET', [keys.rawObjects])
      // An event that names no version is read by its key.
      .reads(store.raw, 'RAW_BUCKET', [keys.rawObjects])
      .lists(store.raw, 'RAW_BUCKET', [keys.rawObjects])
      .writes(store.quarantine, 'QUARANTINE_BUCKET', [keys.quarantined])
      .writes(store.lake, 'LAKE_BUCKET', [
        keys.cleanEventFiles,
        keys.cleanItemFiles,
        keys.cleanUserFiles,
        keys.cleanDocumentFiles,
        keys.dropManifests,
      ])
      .reads(store.lake, 'LAKE_BUCKET', [keys.dropManifests])
      .lists(store.lake, 'LAKE_BUCKET', [keys.dropManifests])
      .usesSecret(store.identitySecret, 'IDENTITY_SECRET')
      .mayUse('FAILED_DROPS', failed.queueUrl, (role) =>
        allowSend(role, failed.queueArn, dataKey.keyArn),
      )
      .knows('NODE_OPTIONS', HEAP_OPTIONS)

    allowReceive(intake.role, drops.queueArn, dataKey.keyArn)
    intake.lambda.addEventSourceMapping('Drops', {
      eventSourceArn: drops.queueArn,
      batchSize: DROPS_PER_BATCH,
      reportBatchItemFailures: true,
      maxConcurrency: parts.settings.intakeConcurrency,
    })
  }
}
