import type { Authorize } from '../authorize.ts'
import type { Activity, Clock, EventBus, FunctionInvoker } from '../ports.ts'
import type { StateMachineDeclaration } from '../template/declarations.ts'
import type { Definition } from './definition.ts'
import type { History } from './history.ts'

export interface Execution {
  arn: string
  name: string
  stateMachineArn: string
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT'
  input: string
  output: string | null
  error: string | null
  cause: string | null
  startMs: number
  stopMs: number | null
  /** By this machine's clock, of the process's life: what it took while virtual time stood still. */
  startedSeconds: number
  stoppedSeconds: number | null
}
export interface Machine extends Definition {
  declaration: StateMachineDeclaration
}
/** What the operations of Step Functions work on. */
export interface StatesState {
  machines: ReadonlyMap<string, Machine>
  /** By ARN, newest last. */
  executions: Map<string, Execution>
  /** By the ARN of the execution; of the newest ones only. */
  histories: Map<string, History>
  /** Executions that had no name given. */
  started: number
  invoker: FunctionInvoker
  clock: Clock
  activity: Activity
  bus: EventBus
  authorize: Authorize
}
