import { createRequire } from 'node:module'
import { StateMachine } from 'aws-local-stepfunctions'
import { isoSeconds } from '../../functions/contract/time.ts'
import { type Authorize, allowAll } from './authorize.ts'
import { uuidOf } from './identifiers.ts'
import { jsonService, ServiceError } from './json-service.ts'
import type { Activity, Clock, Deliver, EventBus, FunctionInvoker, Service } from './ports.ts'
import { createHistory, type History } from './states/history.ts'
import { stateMachineOperations } from './states/operations.ts'
import type { StateMachineDeclaration } from './template/declarations.ts'

/** Of the newest executions; a history can be far larger than the execution's own row. */
const KEPT_HISTORIES = 200
/** The package has no types that its users can reach. */
const validate: (definition: unknown) => { isValid: boolean; errorsText(line: string): string } =
  createRequire(import.meta.url)('asl-validator')

export interface Execution {
  arn: string
  name: string
  stateMachineArn: string
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED'
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

interface States {
  [name: string]: {
    Type: string
    Resource?: string
    Iterator?: { States: States }
    ItemProcessor?: { States: States }
    Branches?: { States: States }[]
    [field: string]: unknown
  }
}
type Definition = { QueryLanguage?: string; States: States }
type Json = ConstructorParameters<typeof StateMachine>[0]

/** Every state, nested ones too. Their names must differ, since the engine's overrides go by name. */
function statesOf(machine: string, states: States, into: States = {}): States {
  for (const [name, state] of Object.entries(states)) {
    if (Object.hasOwn(into, name))
      throw new Error(`state machine ${machine}: two states are called ${name}`)
    into[name] = state
    for (const inner of [state.Iterator, state.ItemProcessor, ...(state.Branches ?? [])])
      if (inner) statesOf(machine, inner.States, into)
  }
  return into
}

/** What the engine ignores or cannot run is refused by name before anything starts. */
function check(name: string, definition: Definition): States {
  const { isValid, errorsText } = validate(definition)
  if (!isValid) throw new Error(`state machine ${name}: ${errorsText('; ')}`)
  const states = statesOf(name, definition.States)
  for (const [state, fields] of Object.entries({
    [name]: definition as unknown as States[string],
    ...states,
  })) {
    if ((fields['QueryLanguage'] ?? 'JSONPath') !== 'JSONPath')
      throw new Error(
        `state machine ${name}, ${state}: the query language ${fields['QueryLanguage']} is not supported on the local cloud`,
      )
    for (const field of ['ItemReader', 'ItemBatcher', 'ResultWriter', 'Assign', 'HeartbeatSeconds'])
      if (fields[field] !== undefined)
        throw new Error(
          `state machine ${name}, ${state}: ${field} is not supported on the local cloud`,
        )
    if (fields.Type === 'Wait')
      throw new Error(
        `state machine ${name}, ${state}: a Wait state is not supported on the local cloud`,
      )
    if (
      fields.Type === 'Task' &&
      !/^arn:aws:lambda:[^:]+:\d+:function:[^:]+$/.test(fields.Resource ?? '')
    )
      throw new Error(
        `state machine ${name}, ${state}: the integration ${fields.Resource} is not supported on the local cloud; a Lambda's ARN is`,
      )
  }
  return states
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
 * count and order but wait no time, as virtual time stands still while an execution runs.
 */
export function createStateMachines(options: StateMachinesOptions): StateMachines {
  const { invoker, clock, activity, bus, authorize = allowAll } = options
  const executions = new Map<string, Execution>()
  const histories = new Map<string, History>()
  let started = 0
  const machines = new Map(
    options.machines.map((declaration) => {
      const definition = JSON.parse(declaration.definition) as Definition
      const tasks = Object.entries(check(declaration.name, definition)).filter(
        ([, state]) => state.Type === 'Task',
      )
      return [declaration.arn, { declaration, definition, tasks }] as const
    }),
  )

  function keepHistory(executionArn: string, history: History): void {
    histories.set(executionArn, history)
    const [oldest] = histories.keys()
    if (histories.size > KEPT_HISTORIES) histories.delete(oldest!)
  }
  async function callFunction(role: string, arn: string, input: unknown): Promise<unknown> {
    const { allowed, reason } = authorize({ stage: 'states', role }, 'lambda:InvokeFunction', arn)
    if (!allowed) throw Object.assign(new Error(reason), { name: 'Lambda.AccessDeniedException' })
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
    const { declaration, definition, tasks } = machine
    const name = givenName ?? uuidOf(`execution ${++started} of ${arn}`)
    const executionArn = arn.replace(':stateMachine:', ':execution:').concat(`:${name}`)
    const standing = executions.get(executionArn)
    if (standing) {
      if (standing.input === JSON.stringify(input)) return standing
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
    const { result, eventLogs } = new StateMachine(definition as unknown as Json, {
      validationOptions: { noValidate: true },
    }).run(input as never, {
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(
          tasks.map(([task, { Resource }]) => [
            task,
            (given: unknown) => callFunction(declaration.role, Resource!, given) as never,
          ]),
        ),
        retryIntervalOverrides: Object.fromEntries(tasks.map(([task]) => [task, 0])),
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
    const resources = new Map(tasks.map(([task, { Resource }]) => [task, Resource!]))
    const history = createHistory(declaration.role, resources, clock.now)
    keepHistory(executionArn, history)
    void history.follow(eventLogs)
    result
      .then(
        (output) =>
          Object.assign(execution, { status: 'SUCCEEDED', output: JSON.stringify(output ?? null) }),
        (error: Error) => {
          // The engine wraps what a state threw; an execution is told by the error itself.
          const thrown = error.cause instanceof Error ? error.cause : error
          Object.assign(execution, { status: 'FAILED', error: thrown.name, cause: thrown.message })
        },
      )
      .then(() => {
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
