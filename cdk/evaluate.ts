import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { evaluate } from '../functions/evaluate/stages.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { StageFunction } from './stage-function.ts'

/** Judges a version by the scores of its training. */
export class Evaluate extends Construct {
  readonly evaluate: IFunction

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    this.evaluate = new StageFunction(this, evaluate, parts).lambda
  }
}
