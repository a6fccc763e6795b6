import { Duration } from 'aws-cdk-lib'
import { Match, Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { prefixOf } from '../functions/contract/family.ts'
import { rawObjects } from '../functions/contract/keys.ts'
import { INTAKE_REDELIVERY_MINUTES } from '../functions/contract/time.ts'
import { HEAP_OPTIONS } from '../functions/intake/limits.ts'
import { intake } from '../functions/intake/stages.ts'
import { deadLetterQueue } from './dead-letters.ts'
import { allowReceive, allowSend } from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { reservedConcurrency } from './reserved.ts'
import { StageFunction } from './stage-function.ts'

/** One: intake's limits are measured for a single drop, and a drop that fails must not fail others. */
const DROPS_PER_BATCH = 1
/** After so many attempts a drop goes to the dead-letter queue. */
const ATTEMPTS = 4

/** S3 → EventBridge → SQS → Lambda, for each new drop. */
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
      description: 'A drop arrived in the raw bucket',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [store.raw.name] },
          object: { key: Match.prefix(prefixOf(rawObjects)) },
        },
      },
      targets: [new SqsQueue(drops, { deadLetterQueue: parts.deadLetters })],
    })

    const stage = new StageFunction(this, intake, parts, {
      reserved: reservedConcurrency(parts.settings).intake,
    })
      .usesSecret(store.identitySecret, 'IDENTITY_SECRET')
      .usesSecret(store.producersSecret, 'PRODUCERS_SECRET')
      .mayUse('FAILED_DROPS', failed.queueUrl, (role) =>
        allowSend(role, failed.queueArn, dataKey.keyArn),
      )
      .knows('NODE_OPTIONS', HEAP_OPTIONS)

    allowReceive(stage.role, drops.queueArn, dataKey.keyArn)
    stage.lambda.addEventSourceMapping('Drops', {
      eventSourceArn: drops.queueArn,
      batchSize: DROPS_PER_BATCH,
      reportBatchItemFailures: true,
      maxConcurrency: parts.settings.intakeConcurrency,
    })
  }
}
