import { Aws, type Duration, RemovalPolicy } from 'aws-cdk-lib'
import { type Policy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import {
  Choice,
  Condition,
  CustomState,
  DefinitionBody,
  DistributedMap,
  Fail,
  type IChainable,
  JsonPath,
  LogLevel,
  Map as MapState,
  StateMachine,
  StateMachineType,
  Succeed,
} from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { LASTING_ERRORS } from '../functions/core/errors.ts'
import { acknowledgeOpenResources, allow } from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'

/** Every stage can be repeated, so any other error is retried with growing delays. */
const RETRY = [
  { ErrorEquals: LASTING_ERRORS, MaxAttempts: 0 },
  {
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 5,
    BackoffRate: 2,
    MaxDelaySeconds: 120,
    MaxAttempts: 5,
    JitterStrategy: 'FULL',
  },
]

/** Verdicts that change the served release. */
const CARRIED_OUT = ['accepted', 'promoted', 'relapsed', 'withdrawn']

interface RunStages {
  plan: IFunction
  close: IFunction
  screen: IFunction
  verdicts: IFunction
  states: IFunction
  fold: IFunction
  advance: IFunction
  samples: IFunction
  start: IFunction
  /** Null with a custom training image: then each increment is a training job. */
  increment: IFunction | null
}
export interface JudgeStages {
  evaluate: IFunction
  release: IFunction
}
export type FlowStages = RunStages & JudgeStages

/** A state machine with traces, logs without payloads, and an alarm on failures. */
export abstract class Flow extends Construct {
  readonly #parts: PipelineParts
  readonly #role: Role

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    this.#parts = parts
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') })
  }

  /**
   * A state that invokes a function and returns its answer, with the grant. The CDK's own task would
   * also grant every version of the function.
   */
  protected invoke(id: string, stage: IFunction): CustomState {
    allow(this.#role, { actions: ['lambda:InvokeFunction'], resources: [stage.functionArn] })
    const stateJson = { Type: 'Task', Resource: stage.functionArn, Retry: RETRY }
    return new CustomState(this, id, { stateJson })
  }

  /**
   * A run: Plan → Close each shard → Screen each shard → Verdicts → Accumulate each task → Fold each
   * shard → Advance → Samples of each task → Start. A SageMaker job is judged when its
   * event arrives. An increment in a Lambda goes on at once: Increment → Evaluate → Release. If the
   * gates exclude hours from a full or daily, the run is planned again without them. `judge` judges
   * ended jobs whose event was lost.
   */
  protected run(stages: FlowStages, judge?: StateMachine): IChainable {
    const { mapConcurrency } = this.#parts.settings
    const started = new Succeed(this, 'Started')
    const where = stages.increment
      ? new Choice(this, 'WhereToTrain')
          .when(
            Condition.stringEquals('$.executor', 'lambda'),
            this.invoke('Increment', stages.increment).next(this.judge(stages, 'Increment')),
          )
          .otherwise(started)
      : started
    const plan = this.invoke('Plan', stages.plan)
    const next = new Choice(this, 'AreHoursSetAside')
      .when(Condition.stringEquals('$.executor', 'plan'), plan)
      .otherwise(where)
    return (judge ? plan.next(this.#eachEnded(judge)) : plan)
      .next(this.eachTask('Close', '$.closingPieces', mapConcurrency, stages.close))
      .next(this.eachTask('Screen', '$.screenPieces', mapConcurrency, stages.screen))
      .next(this.invoke('Verdicts', stages.verdicts))
      .next(this.eachTask('Accumulate', '$.statePieces', mapConcurrency, stages.states))
      .next(this.eachTask('Fold', '$.foldPieces', mapConcurrency, stages.fold))
      .next(this.invoke('Advance', stages.advance))
      .next(this.eachTask('Samples', '$.samplePieces', mapConcurrency, stages.samples))
      .next(this.invoke('Start', stages.start))
      .next(next)
  }

  /**
   * A judgement: Evaluate → Release if the verdict changes the served release. `released` follows a
   * release, `interrupted` follows an interrupted job.
   */
  protected judge(
    stages: JudgeStages,
    subject: string,
    next: { released?: IChainable; interrupted?: IChainable } = {},
  ): IChainable {
    const { released, interrupted } = next
    const verdict = (is: string): Condition => Condition.stringEquals('$.verdict', is)
    const failed = new Fail(this, `${subject}Failed`, {
      error: 'TrainingFailed',
      cause: "The training broke; the version's row in the registry has its reason.",
    })
    const release = this.invoke(`Release${subject}`, stages.release)
    const choice = new Choice(this, `VerdictOn${subject}`)
      .when(Condition.or(...CARRIED_OUT.map(verdict)), released ? release.next(released) : release)
      // A refusal is a normal result of the gates. A failed training needs an engineer.
      .when(verdict('failed'), failed)
    if (interrupted) choice.when(verdict('interrupted'), interrupted)
    return this.invoke(`Evaluate${subject}`, stages.evaluate).next(
      choice.otherwise(new Succeed(this, `NothingToReleaseOf${subject}`)),
    )
  }

  /**
   * A distributed map: the first run over a year has more tasks than one execution's history can
   * hold (25,000 events). Each task writes its own objects and adds nothing to the state, which has `planKey`.
   */
  protected eachTask(id: string, itemsPath: string, maxConcurrency: number, stage: IFunction) {
    return new DistributedMap(this, `Each${id}`, {
      itemsPath,
      itemSelector: {
        planKey: JsonPath.stringAt('$.planKey'),
        piece: JsonPath.numberAt('$$.Map.Item.Value'),
      },
      maxConcurrency,
      resultPath: JsonPath.DISCARD,
    }).itemProcessor(this.invoke(id, stage))
  }

  /** Starts a judgement for each ended job that the plan found, as the job's own event would. */
  #eachEnded(judge: StateMachine) {
    allow(this.#role, {
      actions: ['states:StartExecution'],
      resources: [judge.stateMachineArn],
    })
    const stateJson = {
      Type: 'Task',
      Resource: `arn:${Aws.PARTITION}:states:::states:startExecution`,
      Parameters: { StateMachineArn: judge.stateMachineArn, 'Input.$': '$' },
      Retry: RETRY,
    }
    return new MapState(this, 'EachEnded', {
      itemsPath: '$.ended',
      resultPath: JsonPath.DISCARD,
    }).itemProcessor(new CustomState(this, 'JudgeEnded', { stateJson }))
  }

  protected createMachine(what: string, timeout: Duration, definition: IChainable): StateMachine {
    const machine = new StateMachine(this, 'Machine', {
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromChainable(definition),
      comment: what,
      timeout,
      role: this.#role,
      tracingEnabled: true,
      logs: {
        level: LogLevel.ALL,
        includeExecutionData: false,
        destination: new LogGroup(this, 'Logs', {
          retention: this.#parts.settings.logRetentionDays,
          encryptionKey: this.#parts.dataKey,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    })
    acknowledgeOpenResources(
      this.#role.node.findChild('DefaultPolicy') as Policy,
      'Log delivery and X-Ray, which a state machine needs to log and trace: their actions know only `*`.',
    )
    acknowledgeOpenResources(
      machine.node.findChild('DistributedMapPolicy') as Policy,
      "A distributed map runs executions of its own state machine, whose names are Step Functions' to give.",
    )
    this.#parts.alarms.whenFailed(this, machine, `${what}: an execution failed`)
    return machine
  }
}
