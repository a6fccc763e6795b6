import { Duration } from 'aws-cdk-lib'
import { Match, Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import type { Role } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { deadLetterQueue } from './dead-letters.ts'
import { allowReceive } from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'

/** One: a drop that fails must not fail others, and a function's limits are measured for a single drop. */
const DROPS_PER_BATCH = 1
/** After so many attempts a drop goes to the dead-letter queue. */
const ATTEMPTS = 4

/** The queue between an event of S3, one a drop, and the function that reads the drop. */
export interface DropQueue {
  drops: Queue
  /** Drops that no attempt could read. It has an alarm. */
  failed: Queue
}

/** Creates the queue `id` of a room, and the queue `failedId` of its dead letters. */
export function dropQueue(
  scope: Construct,
  { alarms, dataKey }: Pick<PipelineParts, 'alarms' | 'dataKey'>,
  names: {
    id: string
    failedId: string
    redeliveryMinutes: number
    alarm: [what: string, section: string]
  },
): DropQueue {
  const failed = deadLetterQueue(scope, names.failedId, dataKey)
  alarms.whenFilled(failed, failed, ...names.alarm)
  const drops = new Queue(scope, names.id, {
    encryption: QueueEncryption.KMS,
    encryptionMasterKey: dataKey,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
    visibilityTimeout: Duration.minutes(names.redeliveryMinutes),
    deadLetterQueue: { queue: failed, maxReceiveCount: ATTEMPTS },
  })
  return { drops, failed }
}

/** Lets a function read the drops of a queue, one at a time. */
export function readDrops(
  { role, lambda }: { role: Role; lambda: LambdaFunction },
  { drops }: DropQueue,
  { dataKey, settings }: Pick<PipelineParts, 'dataKey' | 'settings'>,
): void {
  allowReceive(role, drops.queueArn, dataKey.keyArn)
  lambda.addEventSourceMapping(drops.node.id, {
    eventSourceArn: drops.queueArn,
    batchSize: DROPS_PER_BATCH,
    reportBatchItemFailures: true,
    maxConcurrency: settings.intakeConcurrency,
  })
}

/** A queue of the drops whose manifests arrive in the lake under keys of these patterns. `ruleId` names the rule. */
export function manifestQueue(
  scope: Construct,
  parts: PipelineParts,
  names: Parameters<typeof dropQueue>[2] & { ruleId: string; description: string },
  patterns: readonly string[],
): DropQueue {
  const queue = dropQueue(scope, parts, names)
  new Rule(scope, names.ruleId, {
    description: names.description,
    eventPattern: {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: {
        bucket: { name: [parts.store.lake.name] },
        object: { key: Match.anyOf(...patterns.map((pattern) => Match.wildcard(pattern))) },
      },
    },
    targets: [new SqsQueue(queue.drops, { deadLetterQueue: parts.deadLetters })],
  })
  return queue
}
