import { beforeAll, describe, expect, test } from 'vitest'
import { compilePattern } from '../../cdk/local/event-bus/pattern.ts'
import { trainingJobName } from '../../functions/contract/keys.ts'
import { ofType, type Resource, resourcesOf, shortName, synthesize } from './synthesized.ts'

let pipeline: Resource[]

beforeAll(() => {
  pipeline = resourcesOf(synthesize({ scenes: 'feed,movielens', mapConcurrency: 2 }), 'Pipeline')
})

describe('Deployments in one account', () => {
  test('A deployment ignores an equally named training job of another deployment', () => {
    const rule = ofType(pipeline, 'AWS::Events::Rule').find(({ id }) => id.startsWith('Judge'))!
    const arn = (role: string): string => `arn:aws:iam::000000000000:role/${role}`
    // As CloudFormation deploys it: the one reference in it is the role's ARN.
    const text = JSON.stringify(rule.properties['EventPattern'])
    const pattern = text.replace(/\{"Fn::GetAtt":\["(TrainTrainingRole)\w+","Arn"\]\}/, (_, role) =>
      JSON.stringify(arn(`prod-${role}`)),
    )
    const matches = compilePattern(JSON.parse(pattern), rule.id)
    const ended = (role: string, name: string) => ({
      source: 'aws.sagemaker',
      'detail-type': 'SageMaker Training Job State Change',
      detail: { TrainingJobName: name, TrainingJobStatus: 'Completed', RoleArn: arn(role) },
    })
    const ours = trainingJobName('feed', 'daily-20250101-0123abcd')
    expect(matches(ended('prod-TrainTrainingRole', ours))).toBe(true)
    expect(matches(ended('dev-TrainTrainingRole', ours))).toBe(false)
    expect(matches(ended('prod-TrainTrainingRole', 'somebody-elses'))).toBe(false)
  })
})

describe('a schedule', () => {
  test('Every tier, report and collection of every scene has a UTC schedule', () => {
    const schedules = ofType(pipeline, 'AWS::Scheduler::Schedule').map(({ properties }) => {
      const target = properties['Target'] as { Arn: unknown; Input: string }
      const { scheduledTime, ...input } = JSON.parse(target.Input)
      expect(scheduledTime).toBe('<aws.scheduler.scheduled-time>')
      expect(properties['ScheduleExpressionTimezone']).toBe('Etc/UTC')
      expect(properties['FlexibleTimeWindow']).toEqual({ Mode: 'OFF' })
      return { ...input, cron: properties['ScheduleExpression'] }
    })
    const ofScene = (scene: string) => [
      { scene, tier: 'full', cron: 'cron(30 3 ? * MON *)' },
      { scene, tier: 'daily', cron: 'cron(30 2 * * ? *)' },
      { scene, cron: 'cron(30 5 * * ? *)' },
    ]
    expect(schedules).toHaveLength(17)
    expect(schedules).toEqual(
      expect.arrayContaining([
        ...ofScene('feed'),
        { scene: 'feed', tier: 'hourly', cron: 'cron(5 * * * ? *)' },
        { scene: 'feed', tier: 'hourly', arm: 'canary', cron: 'cron(15 * * * ? *)' },
        ...ofScene('movielens'),
        // It has no hourly tier: this run closes hours and folds values.
        { scene: 'movielens', tier: 'hourly', cron: 'cron(30 * * * ? *)' },
        // Spaces: after the daily run; newcomers after closings.
        { scene: 'feed', cron: 'cron(25 0/6 * * ? *)' },
        // Collection: between the hour's increments, where there are any.
        { scene: 'feed', cron: 'cron(30 7 * * ? *)' },
        { scene: 'movielens', cron: 'cron(25 7 * * ? *)' },
        // Exclusion of served cheats: between the increments of each hour.
        { scene: 'feed', cron: 'cron(30 * * * ? *)' },
        { scene: 'movielens', cron: 'cron(25 * * * ? *)' },
        // Parity: half an hour after the hour's closing.
        { scene: 'feed', cron: 'cron(35 * * * ? *)' },
        { scene: 'movielens', cron: 'cron(0 * * * ? *)' },
      ]),
    )
  })

  test('A schedule that cannot be delivered ends as a dead letter', () => {
    for (const { properties } of ofType(pipeline, 'AWS::Scheduler::Schedule')) {
      const { DeadLetterConfig, RetryPolicy } = properties['Target'] as Record<string, unknown>
      expect(shortName((DeadLetterConfig as { Arn: unknown }).Arn)).toBe('DeadLetters')
      expect(RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 24 })
    }
  })
})

describe('Intake', () => {
  test('Intake receives events for objects under raw and for no others', () => {
    const rule = ofType(pipeline, 'AWS::Events::Rule').find(({ id }) => id.startsWith('Intake'))!
    const { source, detail } = rule.properties['EventPattern'] as {
      source: string[]
      detail: { bucket: { name: unknown[] }; object: unknown }
    }
    expect(source).toEqual(['aws.s3'])
    expect(shortName(detail.bucket.name[0])).toBe('Raw')
    expect(detail.object).toEqual({ key: [{ prefix: 'raw/' }] })
  })

  test('Intake takes drops one by one, and repeated failures become dead letters', () => {
    const [mapping] = ofType(pipeline, 'AWS::Lambda::EventSourceMapping')
    expect(mapping!.properties).toMatchObject({
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 5 },
    })
    const drops = ofType(pipeline, 'AWS::SQS::Queue').find(({ id }) =>
      id.startsWith('IntakeDrops'),
    )!
    const { deadLetterTargetArn, maxReceiveCount } = drops.properties['RedrivePolicy'] as {
      deadLetterTargetArn: unknown
      maxReceiveCount: number
    }
    expect(shortName(deadLetterTargetArn)).toBe('IntakeFailedDrops')
    expect(maxReceiveCount).toBe(4)
    const intake = ofType(pipeline, 'AWS::Lambda::Function').find(({ id }) =>
      id.startsWith('Intake'),
    )!
    expect(drops.properties['VisibilityTimeout']).toBe(6 * (intake.properties['Timeout'] as number))
  })

  test('Rules of other accounts cannot send to the queue of intake', () => {
    const policy = ofType(pipeline, 'AWS::SQS::QueuePolicy').find(({ id }) =>
      id.startsWith('IntakeDrops'),
    )!
    const { Statement } = policy.properties['PolicyDocument'] as {
      Statement: { Effect: string; Condition?: unknown }[]
    }
    const allowed = Statement.filter(({ Effect }) => Effect === 'Allow')
    expect(allowed).toHaveLength(1)
    expect(allowed[0]!.Condition).toMatchObject({
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
    })
  })
})
