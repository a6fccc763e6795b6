import { StateMachine } from 'aws-local-stepfunctions'
import { isoSeconds } from '../../functions/contract/time.ts'
import { type Authorize, allowAll, demand } from './authorize.ts'
import { uuidOf } from './identifiers.ts'
import { jsonService, ServiceError } from './json-service.ts'
import type { Activity, Clock, Deliver, EventBus, FunctionInvoker, Service } from './ports.ts'
import { readDefinition, START_EXECUTION, type Task } from './states/definition.ts'
import { createHistory, type History } from './states/history.ts'
import { stateMachineOperations } from './states/operations.ts'
import type { StateMachineDeclaration } from './template/declarations.ts'

/** Of the newest executions; a history can be far larger than the execution's own row. */
const KEPT_HISTORIES = 200
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
export interface StateMachines extends Service {
  executions(): readonly Execution[]
  /** Starts an execution as a rule or a schedule does. */
  deliverTo(arn: string): Deliver
}

type Json = ConstructorParameters<typeof StateMachine>[0]

/** What a task gives that starts an execution. */
interface StartInput {
  StateMachineArn: string
  Input: unknown
  Name?: string
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
  const { invoker, clock, activity, bus, authorize = allowAll } = options
  const executions = new Map<string, Execution>()
  const histories = new Map<string, History>()
  let started = 0
  const machines = new Map(
    options.machines.map((declaration) => [
      declaration.arn,
      { declaration, ...readDefinition(declaration.name, declaration.definition) },
    ]),
  )

  function keepHistory(executionArn: string, history: History): void {
    histories.set(executionArn, history)
    const [oldest] = histories.keys()
    if (histories.size > KEPT_HISTORIES) histories.delete(oldest!)
  }
  function demandOf(role: string, action: string, resource: string, errorName: string): void {
    try {
      demand(authorize, { stage: 'states', role }, action, resource)
    } catch (error) {
      throw Object.assign(error as Error, { name: errorName })
    }
  }
  async function perform(
    { arn, role }: StateMachineDeclaration,
    { resource, isDistributed }: Task,
    input: unknown,
  ): Promise<unknown> {
    // Each piece of a distributed map is an execution that the machine starts of itself.
    if (isDistributed) demandOf(role, 'states:StartExecution', arn, 'States.Permissions')
    if (resource === START_EXECUTION) {
      const { StateMachineArn, Input, Name } = input as StartInput
      const errorName = 'StepFunctions.AccessDeniedException'
      demandOf(role, 'states:StartExecution', StateMachineArn, errorName)
      const execution = start(StateMachineArn, Input, Name)
      return { ExecutionArn: execution.arn, StartDate: execution.startMs / 1000 }
    }
    demandOf(role, 'lambda:InvokeFunction', resource, 'Lambda.AccessDeniedException')
    const { payload, functionError } = await invoker.invoke(resource, input)
    if (functionError === null) return payload
    const { errorType, errorMessage } = (payload ?? {}) as {
      errorType?: string
      errorMessage?: string
    }
    throw Object.assign(new Error(errorMessage ?? functionError), {
      name: errorType ?? 'Lambda.Unknown',
    })
  }

  /** "Step Functions Execution Status Change", Step Functions developer guide. */
  function tell(execution: Execution): void {
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

  function start(arn: string, input: unknown, givenName?: string): Execution {
    const machine = machines.get(arn)
    if (!machine)
      throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`)
    const { declaration, body, timeoutSeconds, tasks } = machine
    const name = givenName ?? uuidOf(`execution ${++started} of ${arn}`)
    const executionArn = arn.replace(':stateMachine:', ':execution:').concat(`:${name}`)
    const standing = executions.get(executionArn)
    if (standing) {
      // "StartExecution" is idempotent while the first of the name runs, and only then.
      if (standing.status === 'RUNNING' && standing.input === JSON.stringify(input)) return standing
      throw new ServiceError(
        'ExecutionAlreadyExists',
        `Execution Already Exists: '${executionArn}'`,
      )
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
    const ended = activity.begin(`execution ${name} of ${declaration.name}`)
    tell(execution)
    const { result, eventLogs, abort } = new StateMachine(body as unknown as Json, {
      validationOptions: { noValidate: true },
    }).run(input as never, {
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(
          tasks.map((task) => [
            task.name,
            (given: unknown) => perform(declaration, task, given) as never,
          ]),
        ),
        retryIntervalOverrides: Object.fromEntries(tasks.map(({ name: task }) => [task, 0])),
      },
      context: {
        Execution: {
          Id: executionArn,
          Name: name,
          Input: input as never,
          RoleArn: declaration.role,
          StartTime: isoSeconds(clock.now()),
        },
        StateMachine: { Id: arn, Name: declaration.name },
      } as never,
    })
    const limit =
      timeoutSeconds === null
        ? null
        : clock.at(execution.startMs + timeoutSeconds * 1000, () => {
            Object.assign(execution, { status: 'TIMED_OUT', error: 'States.Timeout' })
            abort()
          })
    const resources = new Map(tasks.map((task) => [task.name, task.resource]))
    const history = createHistory(declaration.role, resources, clock.now)
    keepHistory(executionArn, history)
    void history.follow(eventLogs)
    result
      .then(
        (output) =>
          Object.assign(execution, { status: 'SUCCEEDED', output: JSON.stringify(output ?? null) }),
        (error: Error) => {
          if (execution.status === 'TIMED_OUT') return
          // The engine wraps what a state threw; an execution is told by the error itself.
          const thrown = error.cause instanceof Error ? error.cause : error
          Object.assign(execution, { status: 'FAILED', error: thrown.name, cause: thrown.message })
        },
      )
      .then(() => {
        limit?.cancel()
        execution.stopMs = clock.now()
        execution.stoppedSeconds = performance.now() / 1000
        tell(execution)
      })
      .finally(ended)
    return execution
  }

  return {
    executions: () => [...executions.values()],
    deliverTo(arn) {
      if (!machines.has(arn)) throw new Error(`no state machine has the ARN ${arn}`)
      return async (payload) => void start(arn, payload)
    },
    ...jsonService(
      'states',
      stateMachineOperations(
        {
          machines: () => options.machines,
          executions: () => [...executions.values()],
          historyOf: (executionArn) => histories.get(executionArn)?.events() ?? null,
          start,
        },
        authorize,
      ),
    ),
  }
}
