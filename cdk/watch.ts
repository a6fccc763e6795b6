import { Duration, Stack } from 'aws-cdk-lib'
import { Alarm, MathExpression } from 'aws-cdk-lib/aws-cloudwatch'
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { UNKNOWN_SCENE } from '../functions/contract/keys.ts'
import { Dashboard } from './dashboard.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { SceneAlarms } from './scene-alarms.ts'
import { stageMetric } from './stage-metric.ts'

/** A day, and two hours for a slow run. */
const SILENT_HOURS = 26

/** Monitoring of the whole pipeline: alarms of each scene, alarms of silence, and the dashboard. */
export class Watch extends Construct {
  readonly dashboardName: string

  constructor(
    scope: Construct,
    id: string,
    parts: PipelineParts,
    watched: { run: StateMachine; report: LambdaFunction },
  ) {
    super(scope, id)
    const { alarms, settings } = parts
    const period = Duration.hours(1)
    for (const scene of settings.scenes) new SceneAlarms(this, parts, scene)
    alarms.raise(this, 'LostDropsAlarm', {
      metric: stageMetric(settings, 'DropsRefused', { scene: UNKNOWN_SCENE }, Duration.minutes(5)),
      threshold: 0,
      section: 'drops-refused',
      what: 'Drops named an unknown scene. Intake read none of their records',
    })
    alarms.whenSilent(this, 'RunMissingAlarm', watched.run.metricStarted({ period }), {
      hours: SILENT_HOURS,
      section: 'run-missing',
      what: 'No run of any tier has started for a day',
    })
    const drawn = new MathExpression({
      expression: 'invocations - errors',
      usingMetrics: {
        invocations: watched.report.metricInvocations({ period }),
        errors: watched.report.metricErrors({ period }),
      },
      period,
    })
    alarms.whenSilent(this, 'ReportMissingAlarm', drawn, {
      hours: SILENT_HOURS,
      section: 'report-missing',
      what: 'No report was written for a day',
    })
    const all = Stack.of(this).node.findAll()
    this.dashboardName = new Dashboard(this, 'Dashboard', settings, {
      alarms: all.filter((each) => each instanceof Alarm),
      functions: all.filter((each) => each instanceof LambdaFunction),
      queues: all.filter((each) => each instanceof Queue),
      machines: all.filter((each) => each instanceof StateMachine),
    }).name
  }
}
