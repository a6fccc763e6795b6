import { Aws, Duration, TimeZone } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import { allow, allowSend } from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'

/** A time of day in UTC. With a weekday: only on that day. Without an hour: every hour, or every few from midnight. */
export interface ScheduledTime {
  weekday?: string
  hourUtc?: number
  everyHours?: number
  minuteUtc: number
}
export interface ScheduledTarget {
  action: 'states:StartExecution' | 'lambda:InvokeFunction'
  arn: string
}

/** The time of day `hours` later, over midnight if needed. For daily times only. */
export const laterBy = (
  hours: number,
  { hourUtc, minuteUtc }: { hourUtc: number; minuteUtc: number },
): ScheduledTime => ({ hourUtc: (hourUtc + hours) % 24, minuteUtc })

const cronOf = ({
  weekday,
  hourUtc,
  everyHours = 1,
  minuteUtc,
}: ScheduledTime): ScheduleExpression =>
  ScheduleExpression.cron({
    minute: String(minuteUtc),
    hour: hourUtc === undefined ? (everyHours === 1 ? '*' : `0/${everyHours}`) : String(hourUtc),
    ...(weekday ? { weekDay: weekday } : {}),
    timeZone: TimeZone.ETC_UTC,
  })

/** Schedules of one target, with a role that may only start this target. */
export class Schedules extends Construct {
  readonly #role: Role
  readonly #target: ScheduledTarget
  readonly #deadLettersArn: string

  constructor(scope: Construct, id: string, parts: PipelineParts, target: ScheduledTarget) {
    super(scope, id)
    this.#target = target
    this.#deadLettersArn = parts.deadLetters.queueArn
    this.#role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    })
    allow(this.#role, { actions: [target.action], resources: [target.arn] })
    allowSend(this.#role, parts.deadLetters.queueArn, parts.dataKey.keyArn)
  }

  /** Sends the input and the scheduled time. A retry sends the same time. */
  add(id: string, at: ScheduledTime, input: Readonly<Record<string, string>>): Schedule {
    return new Schedule(this, id, {
      schedule: cronOf(at),
      target: {
        bind: () => ({
          arn: this.#target.arn,
          role: this.#role,
          input: ScheduleTargetInput.fromObject({
            ...input,
            scheduledTime: ContextAttribute.scheduledTime,
          }),
          retryPolicy: {
            maximumEventAgeInSeconds: Duration.hours(24).toSeconds(),
            maximumRetryAttempts: 24,
          },
          deadLetterConfig: { arn: this.#deadLettersArn },
        }),
      },
    })
  }
}
