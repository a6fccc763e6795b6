import { Duration } from 'aws-cdk-lib'
import { Match, Rule } from 'aws-cdk-lib/aws-events'
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets'
import type { IRole } from 'aws-cdk-lib/aws-iam'
import { Choice, Condition, type StateMachine, Succeed } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { prefixOf } from '../functions/contract/family.ts'
import { ALL_TRAINING_JOBS } from '../functions/contract/keys.ts'
import { Flow, type FlowStages } from './flow.ts'
import type { PipelineParts } from './pipeline-parts.ts'

/**
 * Runs when a training job ends: Evaluate → Release, or the next attempt of an interrupted job. When
 * a full or daily is accepted as the base of an hourly chain, it starts the run that regrows the chain.
 */
export class JudgeFlow extends Flow {
  readonly machine: StateMachine

  constructor(
    scope: Construct,
    id: string,
    parts: PipelineParts,
    stages: FlowStages,
    jobRole: IRole,
  ) {
    super(scope, id, parts)
    const isBase = Condition.stringEquals('$.next', 'regrow')
    const next = new Choice(this, 'WhatNext')
      .when(isBase, this.run(stages))
      .otherwise(new Succeed(this, 'Released'))
    this.machine = this.createMachine(
      'The judgement of a training job',
      Duration.hours(6),
      this.judge(stages, 'Job', {
        released: next,
        interrupted: this.invoke('RestartJob', stages.start),
      }),
    )
    new Rule(this, 'TrainingEnded', {
      description: 'A training job of this deployment ended',
      eventPattern: {
        source: ['aws.sagemaker'],
        detailType: ['SageMaker Training Job State Change'],
        detail: {
          // Another deployment in the same account uses the same job names.
          RoleArn: [jobRole.roleArn],
          TrainingJobName: Match.prefix(prefixOf(ALL_TRAINING_JOBS)),
          TrainingJobStatus: ['Completed', 'Failed', 'Stopped'],
        },
      },
      targets: [new SfnStateMachine(this.machine, { deadLetterQueue: parts.deadLetters })],
    })
  }
}
