import { Duration } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'

/**
 * Every failure ends in a dead-letter queue or in a failed execution; each of those has an alarm,
 * and so no function needs one of its own. Who wants to be told subscribes to the topic.
 */
export class Alarms extends Construct {
  readonly topic: Topic

  constructor(scope: Construct, id: string, dataKey: IKey) {
    super(scope, id)
    this.topic = new Topic(this, 'Topic', { masterKey: dataKey, enforceSSL: true })
  }

  /** Messages that nobody could handle wait for a person. */
  whenFilled(scope: Construct, queue: Queue, what: string): void {
    const metric = queue.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(5),
      statistic: Stats.MAXIMUM,
    })
    this.#raise(scope, 'FilledAlarm', metric, 0, `${what}. Redrive them once the cause is mended.`)
  }

  /** Work waits longer than the lateness that hours allow for. */
  whenOlderThan(scope: Construct, queue: Queue, age: Duration, what: string): void {
    const metric = queue.metricApproximateAgeOfOldestMessage({
      period: Duration.minutes(5),
      statistic: Stats.MAXIMUM,
    })
    this.#raise(scope, 'AgeAlarm', metric, age.toSeconds(), what)
  }

  whenFailed(scope: Construct, machine: StateMachine, what: string): void {
    const period = Duration.minutes(5)
    const metric = new MathExpression({
      expression: 'failed + timedOut + aborted',
      usingMetrics: {
        failed: machine.metricFailed({ period }),
        timedOut: machine.metricTimedOut({ period }),
        aborted: machine.metricAborted({ period }),
      },
      period,
    })
    this.#raise(scope, 'FailedAlarm', metric, 0, what)
  }

  #raise(scope: Construct, id: string, metric: IMetric, above: number, what: string): void {
    const alarm = new Alarm(scope, id, {
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: what,
    })
    alarm.addAlarmAction(new SnsAction(this.topic))
  }
}
