import { type Authorize, allowAll } from './authorize.ts'
import { jsonService } from './json-service.ts'
import type { Activity, Clock, Deliver, EventBus, FunctionInvoker, Service } from './ports.ts'
import { readDefinition } from './states/definition.ts'
import { startExecution } from './states/executions.ts'
import { stateMachineOperations } from './states/operations.ts'
import type { Execution, StatesState } from './states/state.ts'
import type { StateMachineDeclaration } from './template/declarations.ts'

export type { Execution } from './states/state.ts'

export interface StateMachines extends Service {
  executions(): readonly Execution[]
  /** Starts an execution as a rule or a schedule does. */
  deliverTo(arn: string): Deliver
}

export interface StateMachinesOptions {
  machines: readonly StateMachineDeclaration[]
  invoker: FunctionInvoker
  clock: Clock
  activity: Activity
  bus: EventBus
  authorize?: Authorize
}

/**
 * Step Functions: the synthesized definitions, run by aws-local-stepfunctions. Retries keep their
 * count and order but wait no time, as virtual time stands still while an execution runs. A timeout
 * is of the world's time too: it ends an execution where that runs on, which is in real time.
 */
export function createStateMachines(options: StateMachinesOptions): StateMachines {
  const { machines, authorize = allowAll } = options
  const state: StatesState = {
    ...options,
    authorize,
    machines: new Map(
      machines.map((declaration) => [
        declaration.arn,
        { declaration, ...readDefinition(declaration.name, declaration.definition) },
      ]),
    ),
    executions: new Map(),
    histories: new Map(),
    started: 0,
  }
  return {
    executions: () => [...state.executions.values()],
    deliverTo(arn) {
      if (!state.machines.has(arn)) throw new Error(`no state machine has the ARN ${arn}`)
      return async (payload) => void startExecution(state, arn, payload)
    },
    ...jsonService('states', stateMachineOperations(state)),
  }
}
