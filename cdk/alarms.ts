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

/** Where each alarm's section stands, under its anchor. */
export const RUNBOOK = 'cdk/RUNBOOK.md'

export interface AlarmProps {
  metric: IMetric
  /** The anchor of its section of the runbook. */
  section: string
  /** What is the matter, as the person who is woken reads it. */
  what: string
  /** Rings above it; or below it, with `isFloor`. */
  threshold: number
  isFloor?: boolean
  /** Periods in a row that must be over it; 1 where absent. */
  periods?: number
  /** What silence means; that nothing is wrong, where absent. */
  missing?: TreatMissingData
}

/**
 * Every failure ends in a dead-letter queue or in a failed execution; each of those has an alarm,
 * and so no function needs one of its own. Who wants to be told subscribes to the topic.
 */
export class Alarms extends Construct {
  readonly topic: Topic

  constructor(scope: Construct, id: string, dataKey: IKey, email?: string) {
    super(scope, id)
    this.topic = new Topic(this, 'Topic', { masterKey: dataKey, enforceSSL: true })
    if (email) this.topic.addSubscription(new EmailSubscription(email))
    // A policy of its own takes the place of the one by which an account's alarms may speak.
    this.letSpeak('cloudwatch.amazonaws.com')
  }

  /** Lets a service of this account publish to the topic. */
  letSpeak(service: string): void {
    const conditions = { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } }
    this.topic.grantPublish(new ServicePrincipal(service, { conditions }))
  }

  /** Messages that nobody could handle wait for a person. */
  whenFilled(scope: Construct, queue: Queue, what: string, section = 'dead-letters'): void {
    const metric = queue.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(5),
      statistic: Stats.MAXIMUM,
    })
    this.raise(scope, 'FilledAlarm', { metric, threshold: 0, section, what })
  }

  /** Work waits longer than the lateness that hours allow for. */
  whenOlderThan(scope: Construct, queue: Queue, age: Duration, what: string): void {
    const metric = queue.metricApproximateAgeOfOldestMessage({
      period: Duration.minutes(5),
      statistic: Stats.MAXIMUM,
    })
    const threshold = age.toSeconds()
    this.raise(scope, 'AgeAlarm', { metric, threshold, section: 'drops-wait', what })
  }

  /** The runbook has a section by the name of the flow. */
  whenFailed(scope: Construct, machine: StateMachine, what: string): void {
    const period = Duration.minutes(5)
    const metric = new MathExpression({
      // A sum has no value where one of its parts has none.
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

  /** Rings when a metric that should speak at least once in so many hours has not. */
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
