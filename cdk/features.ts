import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { dropManifests } from '../functions/contract/keys.ts'
import { advance, fold, nearLine, states } from '../functions/features/stages.ts'
import { manifestQueue, readDrops } from './drop-queue.ts'
import { allowSend } from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { reservedConcurrency } from './reserved.ts'
import { StageFunction } from './stage-function.ts'

/** Six times the function's timeout: "Using Lambda with Amazon SQS", configuring a queue. */
const REDELIVERY_MINUTES = 6 * nearLine.timeoutMinutes

/**
 * The online values. Near line: manifest → EventBridge → SQS → Lambda, for each drop. The run's flow
 * calls the others.
 */
export class Features extends Construct {
  readonly states: IFunction
  readonly fold: IFunction
  readonly advance: IFunction

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    const reserved = reservedConcurrency(parts.settings).pieces
    this.states = new StageFunction(this, states, parts, { reserved }).lambda
    this.fold = new StageFunction(this, fold, parts, { reserved }).lambda
    this.advance = new StageFunction(this, advance, parts).lambda
    this.#writeNearLine(parts)
  }

  #writeNearLine(parts: PipelineParts): void {
    const names = {
      ...{ id: 'ReadDrops', failedId: 'FailedValues', redeliveryMinutes: REDELIVERY_MINUTES },
      ...{ ruleId: 'DropRead', description: "A drop's manifest arrived in the lake" },
      alarm: ['Drops whose online values were not written', 'failed-values'] as [string, string],
    }
    const queue = manifestQueue(this, parts, names, [dropManifests.pattern])
    const { failed } = queue
    const stage = new StageFunction(this, nearLine, parts).mayUse(
      'FAILED_VALUES',
      failed.queueUrl,
      (role) => allowSend(role, failed.queueArn, parts.dataKey.keyArn),
    )
    readDrops(stage, queue, parts)
  }
}
