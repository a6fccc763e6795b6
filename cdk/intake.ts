import { Duration } from 'aws-cdk-lib'
import { Match, Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { Construct } from 'constructs'
import { prefixOf } from '../functions/contract/family.ts'
import { rawObjects } from '../functions/contract/keys.ts'
import { INTAKE_REDELIVERY_MINUTES } from '../functions/contract/time.ts'
import { HEAP_OPTIONS } from '../functions/intake/limits.ts'
import { intake } from '../functions/intake/stages.ts'
import { dropQueue, readDrops } from './drop-queue.ts'
import { allowSend } from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { reservedConcurrency } from './reserved.ts'
import { StageFunction } from './stage-function.ts'

/** S3 → EventBridge → SQS → Lambda, for each new drop. */
export class Intake extends Construct {
  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    const { store, alarms, dataKey } = parts
    const queue = dropQueue(this, parts, {
      ...{ id: 'Drops', failedId: 'FailedDrops', redeliveryMinutes: INTAKE_REDELIVERY_MINUTES },
      alarm: ['Drops that intake could not read', 'failed-drops'],
    })
    const { drops, failed } = queue
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

    readDrops(stage, queue, parts)
  }
}
