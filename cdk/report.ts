import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { report } from '../functions/report/stages.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { laterBy, Schedules } from './schedules.ts'
import { StageFunction } from './stage-function.ts'

/** The daily run needs this long: closing, samples, training and judgement. */
const HOURS_AFTER_DAILY_RUN = 3

/** Writes each scene's report page once a day. */
export class Report extends Construct {
  readonly report: LambdaFunction

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    this.report = new StageFunction(this, report, parts, { deadLetters: parts.deadLetters }).lambda
    const schedules = new Schedules(this, 'Schedules', parts, {
      action: 'lambda:InvokeFunction',
      arn: this.report.functionArn,
    })
    for (const { scene, tiers } of parts.settings.scenes)
      schedules.add(scene, laterBy(HOURS_AFTER_DAILY_RUN, tiers.daily), { scene })
  }
}
