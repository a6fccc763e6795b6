import { type Duration, RemovalPolicy } from 'aws-cdk-lib'
import { type Policy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import {
  CustomState,
  DefinitionBody,
  type IChainable,
  LogLevel,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { acknowledgeOpenResources, allow } from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'

/** Errors by name (functions/core/errors.ts) that no retry will mend. */
const LASTING = ['InvalidInput', 'CorruptArtifact']
/** Every stage may be repeated, so whatever else it throws is tried again, further apart each time. */
const RETRY = [
  { ErrorEquals: LASTING, MaxAttempts: 0 },
  {
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 5,
    BackoffRate: 2,
    MaxDelaySeconds: 120,
    MaxAttempts: 5,
    JitterStrategy: 'FULL',
  },
]

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
    this.#parts.alarms.whenFailed(this, machine, `${what}: an execution failed`)
    return machine
  }
}
