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

/** Every stage may be repeated, so whatever else it throws is tried again, further apart each time. */
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

/** Verdicts that change what is served. */
const CARRIED_OUT = ['accepted', 'promoted', 'relapsed', 'withdrawn']

interface RunStages {
  plan: IFunction
  close: IFunction
  samples: IFunction
  start: IFunction
  /** Null where an image of somebody else's trains: there each increment is a job. */
  increment: IFunction | null
}
export interface JudgeStages {
  evaluate: IFunction
  release: IFunction
}
export type FlowStages = RunStages & JudgeStages

/** A state machine: traced, its steps logged without their data, its failures alarmed. */
export abstract class Flow extends Construct {
  readonly #parts: PipelineParts
  readonly #role: Role

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    this.#parts = parts
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') })
  }

  /**
   * A state that invokes a function, its answer the state's result, and the grant for it. Written
   * out, since the CDK's own task also grants every version of the function.
   */
  protected invoke(id: string, stage: IFunction): CustomState {
    allow(this.#role, { actions: ['lambda:InvokeFunction'], resources: [stage.functionArn] })
    const stateJson = { Type: 'Task', Resource: stage.functionArn, Retry: RETRY }
    return new CustomState(this, id, { stateJson })
  }

  /**
   * A run: Plan → Close each piece → Samples of each piece → Start. What SageMaker trains is
   * judged when its own event says that it ended; what a Lambda can train goes on at once:
   * Increment → Evaluate → Release. A full or daily whose gates have set hours aside is planned
   * again without them. `judge`: what judges the jobs of whose end nobody was told.
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
      .next(this.#eachPiece('Close', '$.closingPieces', mapConcurrency, stages.close))
      .next(this.#eachPiece('Samples', '$.samplePieces', mapConcurrency, stages.samples))
      .next(this.invoke('Start', stages.start))
      .next(next)
  }

  /**
   * A judgement: Evaluate → Release where the verdict changes what is served. `released` and
   * `interrupted`: what follows a release, and the interruption of a job.
   */
  protected judge(
    stages: JudgeStages,
    of: string,
    next: { released?: IChainable; interrupted?: IChainable } = {},
  ): IChainable {
    const { released, interrupted } = next
    const verdict = (is: string): Condition => Condition.stringEquals('$.verdict', is)
    const failed = new Fail(this, `${of}Failed`, {
      error: 'TrainingFailed',
      cause: "The training broke; the version's row in the registry has its reason.",
    })
    const release = this.invoke(`Release${of}`, stages.release)
    const choice = new Choice(this, `VerdictOn${of}`)
      .when(Condition.or(...CARRIED_OUT.map(verdict)), released ? release.next(released) : release)
      // A refusal is the gates at work; a training that broke is for a person to look at.
      .when(verdict('failed'), failed)
    if (interrupted) choice.when(verdict('interrupted'), interrupted)
    return this.invoke(`Evaluate${of}`, stages.evaluate).next(
      choice.otherwise(new Succeed(this, `NothingToReleaseOf${of}`)),
    )
  }

  /**
   * Distributed, since a year's first run has more pieces than one execution's history can hold
   * (25,000 events). Each piece writes its own objects; nothing of it stands in the state.
   */
  #eachPiece(id: string, itemsPath: string, maxConcurrency: number, stage: IFunction) {
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

  /** Starts a judgement of each job that the plan has found ended, as the job's own event would have. */
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
