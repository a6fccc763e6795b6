import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { screen, verdicts } from '../functions/anticheat/stages.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { reservedConcurrency } from './reserved.ts'
import { StageFunction } from './stage-function.ts'

/** Screens closed events, and makes verdicts of what the detectors find. */
export class Anticheat extends Construct {
  readonly screen: IFunction
  readonly verdicts: IFunction

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    const reserved = reservedConcurrency(parts.settings).pieces
    this.screen = new StageFunction(this, screen, parts, { reserved }).lambda
    this.verdicts = new StageFunction(this, verdicts, parts).knows(
      'DETECTORS_DIGEST',
      parts.bundles.stages.screen.digest,
    ).lambda
  }
}
