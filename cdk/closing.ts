import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { close } from '../functions/closing/stages.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { reservedConcurrency } from './reserved.ts'
import { StageFunction } from './stage-function.ts'

/** Closes hours: removes duplicates, applies stateful rules, counts. */
export class Closing extends Construct {
  readonly close: IFunction

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    const reserved = reservedConcurrency(parts.settings).pieces
    this.close = new StageFunction(this, close, parts, { reserved }).lambda
  }
}
