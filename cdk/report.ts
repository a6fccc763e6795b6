import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import * as keys from './key-patterns.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { laterBy, Schedules } from './schedules.ts'
import { StageFunction } from './stage-function.ts'

/** Time for the daily run to end: closing, samples, training and judgement. */
const HOURS_AFTER_DAILY_RUN = 3

/** Draws each scene's page once a day. */
export class Report extends Construct {
  readonly report: LambdaFunction

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    const { lake, models, registry } = parts.store
    this.report = new StageFunction(this, 'report', parts, {
      description: "Draws a scene's page: lineage, quality, accounts",
      timeoutMinutes: 5,
      memoryMiB: 1769,
      deadLetters: parts.deadLetters,
    })
      .reads(lake, 'LAKE_BUCKET', [keys.dropManifests, keys.closingAccounts])
      .lists(lake, 'LAKE_BUCKET', [keys.dropManifests, keys.closings])
      .writes(models, 'MODELS_BUCKET', [keys.reports])
      .usesTable(registry, 'REGISTRY_TABLE', ['read']).lambda
    const schedules = new Schedules(this, 'Schedules', parts, {
      action: 'lambda:InvokeFunction',
      arn: this.report.functionArn,
    })
    for (const { scene, tiers } of parts.settings.scenes)
      schedules.add(scene, laterBy(HOURS_AFTER_DAILY_RUN, tiers.daily), { scene })
  }
}
