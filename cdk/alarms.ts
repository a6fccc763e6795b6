import { Aws, Duration } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'

/** Each alarm links to its section here. */
export const RUNBOOK = 'cdk/RUNBOOK.md'

export interface AlarmProps {
  metric: IMetric
  /** The anchor of its section of the runbook. */
  section: string
  /** One sentence for the person on call: what happened. */
  what: string
  /** The alarm fires above this value, or below it with `isFloor`. */
  threshold: number
  isFloor?: boolean
  /** Consecutive periods that must cross the threshold. Default: 1. */
  periods?: number
  /** How missing data counts. Default: not breaching. */
  missing?: TreatMissingData
}

/**
 * Every failure ends in a dead-letter queue or in a failed execution. Each queue and each state
 * machine has an alarm, so functions need no alarms of their own. Subscribe to the topic to get them.
 */
export class Alarms extends Construct {
  readonly topic: Topic

  constructor(scope: Construct, id: string, dataKey: IKey, email?: string) {
    super(scope, id)
    this.topic = new Topic(this, 'Topic', { masterKey: dataKey, enforceSSL: true })
    if (email) this.topic.addSubscription(new EmailSubscription(email))
    // A topic policy replaces the default one, which lets the account's alarms publish.
    this.allowPublish('cloudwatch.amazonaws.com')
  }

  /** Lets a service of this account publish to the topic. */
  allowPublish(service: string): void {
    const conditions = { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } }
    this.topic.grantPublish(new ServicePrincipal(service, { conditions }))
  }

  /** Fires when a dead-letter queue holds messages: an engineer must look at them. */
  whenFilled(scope: Construct, queue: Queue, what: string, section = 'dead-letters'): void {
    const metric = queue.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(5),
      statistic: Stats.MAXIMUM,
    })
    this.raise(scope, 'FilledAlarm', { metric, threshold: 0, section, what })
  }

  /** Fires when a message waits longer than `age`. */
  whenOlderThan(scope: Construct, queue: Queue, age: Duration, what: string): void {
    const metric = queue.metricApproximateAgeOfOldestMessage({
      period: Duration.minutes(5),
      statistic: Stats.MAXIMUM,
    })
    const threshold = age.toSeconds()
    this.raise(scope, 'AgeAlarm', { metric, threshold, section: 'drops-wait', what })
  }

  /** Fires when an execution fails, times out or is aborted. */
  whenFailed(scope: Construct, machine: StateMachine, what: string): void {
    const period = Duration.minutes(5)
    const metric = new MathExpression({
      // A sum is missing where one of its terms is missing.
      expression: 'FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)',
      usingMetrics: {
        failed: machine.metricFailed({ period }),
        timedOut: machine.metricTimedOut({ period }),
        aborted: machine.metricAborted({ period }),
      },
      period,
    })
    const section = `${scope.node.id.toLowerCase()}-failed`
    this.raise(scope, 'FailedAlarm', { metric, threshold: 0, section, what })
  }

  /** Fires when a metric has no data for so many hours. */
  whenSilent(
    scope: Construct,
    id: string,
    metric: IMetric,
    alarm: { hours: number; section: string; what: string },
  ): void {
    const { hours, section, what } = alarm
    this.raise(scope, id, {
      metric,
      threshold: 1,
      isFloor: true,
      periods: hours,
      missing: TreatMissingData.BREACHING,
      section,
      what,
    })
  }

  raise(scope: Construct, id: string, props: AlarmProps): void {
    const { metric, section, what, threshold, isFloor, periods, missing } = props
    const alarm = new Alarm(scope, id, {
      metric,
      threshold,
      comparisonOperator: isFloor
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods ?? 1,
      treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
      alarmDescription: `${what}. What to do: ${RUNBOOK}#${section}`,
    })
    alarm.addAlarmAction(new SnsAction(this.topic))
  }
}
