import { Duration } from 'aws-cdk-lib'
import { Match, Rule } from 'aws-cdk-lib/aws-events'
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Choice, Condition, Fail, type StateMachine, Succeed } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { Flow } from './flow.ts'
import * as keys from './key-patterns.ts'
import type { PipelineParts } from './pipeline-parts.ts'

export interface JudgeStages {
  evaluate: IFunction
  release: IFunction
}

/** What the end of a training job sets off: Evaluate → Release, where the version was accepted. */
export class JudgeFlow extends Flow {
  readonly machine: StateMachine

  constructor(scope: Construct, id: string, parts: PipelineParts, stages: JudgeStages) {
    super(scope, id, parts)
    const verdict = (is: string): Condition => Condition.stringEquals('$.verdict', is)
    const trainingFailed = new Fail(this, 'TrainingFailed', {
      error: 'TrainingFailed',
      cause: "The training job broke; the version's row in the registry has SageMaker's reason.",
    })
    const definition = this.invoke('Evaluate', stages.evaluate).next(
      new Choice(this, 'Verdict')
        .when(verdict('accepted'), this.invoke('Release', stages.release))
        // A refusal is the gates at work; a job that broke is for a person to look at.
        .when(verdict('failed'), trainingFailed)
        .otherwise(new Succeed(this, 'NothingToRelease')),
    )
    this.machine = this.createMachine(
      'The judgement of a training job',
      Duration.hours(6),
      definition,
    )
    new Rule(this, 'TrainingEnded', {
      description: 'A training job of ours has ended',
      eventPattern: {
        source: ['aws.sagemaker'],
        detailType: ['SageMaker Training Job State Change'],
        detail: {
          TrainingJobName: Match.prefix(keys.prefixOf(keys.trainingJobs)),
          TrainingJobStatus: ['Completed', 'Failed', 'Stopped'],
        },
      },
      targets: [new SfnStateMachine(this.machine, { deadLetterQueue: parts.deadLetters })],
    })
  }
}
