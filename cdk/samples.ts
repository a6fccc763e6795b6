import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { samples } from '../functions/samples/stages.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { reservedConcurrency } from './reserved.ts'
import { StageFunction } from './stage-function.ts'

/** Joins outcomes to impressions and adds the features that were visible before each impression. */
export class Samples extends Construct {
  readonly samples: IFunction

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    const reserved = reservedConcurrency(parts.settings).pieces
    this.samples = new StageFunction(this, samples, parts, { reserved }).lambda
  }
}
