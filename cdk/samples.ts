import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import * as keys from './key-patterns.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { reservedConcurrency } from './reserved.ts'
import { StageFunction } from './stage-function.ts'

/** Joins outcomes to impressions and gives them the features that were knowable. */
export class Samples extends Construct {
  readonly samples: IFunction

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    const { lake } = parts.store
    this.samples = new StageFunction(this, 'samples', parts, {
      description: "Makes one shard of one day's samples",
      timeoutMinutes: 15,
      memoryMiB: 3008,
      reserved: reservedConcurrency(parts.settings).pieces,
    })
      .reads(lake, 'LAKE_BUCKET', [
        keys.runPlans,
        keys.closedFiles,
        keys.counterFiles,
        keys.cleanItemFiles,
        keys.cleanUserFiles,
      ])
      .writes(lake, 'LAKE_BUCKET', [keys.sampleParts, keys.samplePartAccounts]).lambda
  }
}
