import { StateMachine } from 'aws-local-stepfunctions'
import { isoSeconds } from '../../../functions/contract/time.ts'
import { demand } from '../authorize.ts'
import { uuidOf } from '../identifiers.ts'
import { ServiceError } from '../json-service.ts'
import { START_EXECUTION, type Task } from './definition.ts'
import { createHistory } from './history.ts'
import type { Execution, Machine, StatesState } from './state.ts'

/** Of the newest executions; a history can be far larger than the execution's own row. */
const KEPT_HISTORIES = 200

/** What a task gives that starts an execution. */
interface StartInput {
  StateMachineArn: string
  Input: unknown
  Name?: string
}

function demandOf(
  state: StatesState,
  role: string,
  action: string,
  resource: string,
  errorName: string,
): void {
  try {
    demand(state.authorize, { stage: 'states', role }, action, resource)
  } catch (error) {
    throw Object.assign(error as Error, { name: errorName })
  }
}

async function callFunction({ invoker }: StatesState, arn: string, input: unknown) {
  const { payload, functionError } = await invoker.invoke(arn, input)
  if (functionError === null) return payload
  const { errorType, errorMessage } = (payload ?? {}) as {
    errorType?: string
    errorMessage?: string
  }
  throw Object.assign(new Error(errorMessage ?? functionError), {
    name: errorType ?? 'Lambda.Unknown',
  })
}

/** What a task state does: it calls a function, or starts an execution and does not wait for it. */
async function performTask(
  state: StatesState,
  { declaration: { arn, role } }: Machine,
  { resource, isDistributed }: Task,
  input: unknown,
): Promise<unknown> {
  // Each item of a distributed map is an execution that the machine itself starts.
  if (isDistributed) demandOf(state, role, 'states:StartExecution', arn, 'States.Permissions')
  if (resource === START_EXECUTION) {
    const { StateMachineArn, Input, Name } = input as StartInput
    const errorName = 'StepFunctions.AccessDeniedException'
    demandOf(state, role, 'states:StartExecution', StateMachineArn, errorName)
    const execution = startExecution(state, StateMachineArn, Input, Name)
    return { ExecutionArn: execution.arn, StartDate: execution.startMs / 1000 }
  }
  demandOf(state, role, 'lambda:InvokeFunction', resource, 'Lambda.AccessDeniedException')
  return callFunction(state, resource, input)
}

/** "Step Functions Execution Status Change", Step Functions developer guide. */
function publishStatus({ bus }: StatesState, execution: Execution): void {
  bus.publish({
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    resources: [execution.arn],
    detail: {
      executionArn: execution.arn,
      stateMachineArn: execution.stateMachineArn,
      name: execution.name,
      status: execution.status,
      startDate: execution.startMs,
      stopDate: execution.stopMs,
      error: execution.error,
      cause: execution.cause,
    },
  })
}

/** What the engine is given to run an execution by. */
function engineOptions(state: StatesState, machine: Machine, execution: Execution, input: unknown) {
  const { declaration, tasks } = machine
  const handlers = tasks.map((task) => [
    task.name,
    (given: unknown) => performTask(state, machine, task, given) as never,
  ])
  return {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(handlers),
      retryIntervalOverrides: Object.fromEntries(tasks.map(({ name }) => [name, 0])),
    },
    context: {
      Execution: {
        Id: execution.arn,
        Name: execution.name,
        Input: input as never,
        RoleArn: declaration.role,
        StartTime: isoSeconds(execution.startMs),
      },
      StateMachine: { Id: declaration.arn, Name: declaration.name },
    } as never,
  }
}

/** Runs an execution in the engine, to its end. */
async function runToEnd(
  state: StatesState,
  machine: Machine,
  execution: Execution,
  input: unknown,
): Promise<void> {
  const { clock, histories } = state
  const { declaration, body, timeoutSeconds, tasks } = machine
  const { result, eventLogs, abort } = new StateMachine(body as never, {
    validationOptions: { noValidate: true },
  }).run(input as never, engineOptions(state, machine, execution, input))
  const limit =
    timeoutSeconds === null
      ? null
      : clock.at(execution.startMs + timeoutSeconds * 1000, () => {
          Object.assign(execution, { status: 'TIMED_OUT', error: 'States.Timeout' })
          abort()
        })
  const resources = new Map(tasks.map((task) => [task.name, task.resource]))
  const history = createHistory(declaration.role, resources, clock.now)
  histories.set(execution.arn, history)
  const [oldest] = histories.keys()
  if (histories.size > KEPT_HISTORIES) histories.delete(oldest!)
  void history.follow(eventLogs)
  try {
    const output = JSON.stringify((await result) ?? null)
    Object.assign(execution, { status: 'SUCCEEDED', output })
  } catch (error) {
    if (execution.status !== 'TIMED_OUT') {
      // The engine wraps what a state threw; an execution is told by the error itself.
      const { cause } = error as Error
      const thrown = cause instanceof Error ? cause : (error as Error)
      Object.assign(execution, { status: 'FAILED', error: thrown.name, cause: thrown.message })
    }
  }
  limit?.cancel()
  execution.stopMs = clock.now()
  execution.stoppedSeconds = performance.now() / 1000
  publishStatus(state, execution)
}

/** Starts an execution; answers at once, while it runs. Throws ServiceError. */
export function startExecution(
  state: StatesState,
  arn: string,
  input: unknown,
  givenName?: string,
): Execution {
  const { machines, executions, clock, activity } = state
  const machine = machines.get(arn)
  if (!machine)
    throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`)
  const name = givenName ?? uuidOf(`execution ${++state.started} of ${arn}`)
  const executionArn = arn.replace(':stateMachine:', ':execution:').concat(`:${name}`)
  const standing = executions.get(executionArn)
  if (standing) {
    // "StartExecution" is idempotent while the first of the name runs, and only then.
    if (standing.status === 'RUNNING' && standing.input === JSON.stringify(input)) return standing
    throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`)
  }
  const execution: Execution = {
    arn: executionArn,
    name,
    stateMachineArn: arn,
    status: 'RUNNING',
    input: JSON.stringify(input),
    output: null,
    error: null,
    cause: null,
    startMs: clock.now(),
    stopMs: null,
    startedSeconds: performance.now() / 1000,
    stoppedSeconds: null,
  }
  executions.set(executionArn, execution)
  const ended = activity.begin(`execution ${name} of ${machine.declaration.name}`)
  publishStatus(state, execution)
  void runToEnd(state, machine, execution, input).finally(ended)
  return execution
}
