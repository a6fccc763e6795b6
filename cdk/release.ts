import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { release } from '../functions/release/stages.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { StageFunction } from './stage-function.ts'

/** Publishes and verifies an accepted version, then flips to it. */
export class Release extends Construct {
  readonly release: IFunction

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    this.release = new StageFunction(this, release, parts).lambda
  }
}
