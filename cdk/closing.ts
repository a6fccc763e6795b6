import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import * as keys from './key-patterns.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { reservedConcurrency } from './reserved.ts'
import { StageFunction } from './stage-function.ts'

/** Closes hours: one winner among duplicates, stateful rules, counts. */
export class Closing extends Construct {
  readonly close: IFunction

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    const { lake } = parts.store
    this.close = new StageFunction(this, 'close', parts, {
      description: 'Closes one piece of the hours whose lateness has passed',
      timeoutMinutes: 15,
      memoryMiB: 3008,
      reserved: reservedConcurrency(parts.settings).pieces,
    })
      .reads(lake, 'LAKE_BUCKET', [keys.runPlans, keys.cleanEventFiles, keys.closedFiles])
      .writes(lake, 'LAKE_BUCKET', [
        keys.closedFiles,
        keys.counterFiles,
        keys.closingAccounts,
        keys.closingAttempts,
      ]).lambda
  }
}
