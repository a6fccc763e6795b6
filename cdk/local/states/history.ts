import type { StateMachine } from 'aws-local-stepfunctions'
import { REGION } from '../ports.ts'
import { START_EXECUTION } from './definition.ts'

/** What the engine tells of an execution as it runs. */
type EngineEvent =
  ReturnType<StateMachine['run']>['eventLogs'] extends AsyncGenerator<infer Told> ? Told : never

type EngineState = Extract<EngineEvent, { type: 'StateEntered' }>['state']

/** As GetExecutionHistory answers it ("HistoryEvent", Step Functions API reference); times in seconds. */
export interface HistoryEvent {
  timestamp: number
  type: string
  id: number
  previousEventId: number
  [details: `${string}EventDetails`]: Readonly<Record<string, unknown>>
}
export interface History {
  /** Follows an execution to its end. */
  follow(told: AsyncIterable<EngineEvent>): Promise<void>
  events(): readonly HistoryEvent[]
}

/** "Step Functions service quotas": the events of one execution. */
const MAX_EVENTS = 25_000
/** Of all the iterations of a map and of what is outside, each a chain of its own. */
const ROOT = -1
const text = (value: unknown): string => JSON.stringify(value ?? null)
const failureOf = ({ Error: error, Cause }: { Error: string; Cause: unknown }) => ({
  error,
  cause: typeof Cause === 'string' ? Cause : text(Cause),
})

/** How a service integration is named in its events. */
const INTEGRATION = { resourceType: 'states', resource: 'startExecution' }

/**
 * The history of one execution in AWS's own events. A task is a Lambda's call, so that its attempts
 * stand as scheduled, started, succeeded or failed; the pieces of a distributed map stand in the
 * history of the execution that began them, since here they run inside it.
 */
export function createHistory(
  role: string,
  resources: ReadonlyMap<string, string>,
  now: () => number,
): History {
  const events: HistoryEvent[] = []
  /** The newest event by iteration. */
  const newest = new Map<number, number>()

  function add(
    at: number,
    type: string,
    detail?: string,
    details: Record<string, unknown> = {},
  ): void {
    if (events.length >= MAX_EVENTS) return
    const id = events.length + 1
    events.push({
      timestamp: now() / 1000,
      type,
      id,
      previousEventId: newest.get(at) ?? newest.get(ROOT) ?? 0,
      ...(detail === undefined ? {} : { [`${detail}EventDetails` as const]: details }),
    })
    newest.set(at, id)
  }
  /** A task calls a function, or asks a service to start an execution: each has events of its own. */
  function addOfTask(at: number, name: string, what: string, details?: object): void {
    const isCall = resources.get(name) !== START_EXECUTION
    const detail = details && `${isCall ? 'lambdaFunction' : 'task'}${what}`
    const type = `${isCall ? 'LambdaFunction' : 'Task'}${what}`
    add(at, type, detail, { ...(isCall ? {} : INTEGRATION), ...details })
  }
  function schedule(at: number, name: string, input: unknown): void {
    const resource = resources.get(name)
    const given =
      resource === START_EXECUTION
        ? { region: REGION, parameters: text(input) }
        : { resource, input: text(input) }
    addOfTask(at, name, 'Scheduled', given)
    addOfTask(at, name, 'Started')
  }
  function enter(at: number, { name, type, input }: EngineState): void {
    add(at, `${type}StateEntered`, 'stateEntered', { name, input: text(input) })
    if (type === 'Task') schedule(at, name, input)
    if (type === 'Map') add(at, 'MapStateStarted')
  }
  function exit(at: number, { name, type, output }: EngineState): void {
    if (type === 'Task') addOfTask(at, name, 'Succeeded', { output: text(output) })
    if (type === 'Map') add(at, 'MapStateSucceeded')
    add(at, `${type}StateExited`, 'stateExited', { name, output: text(output) })
  }
  function iterate(type: string, name: string, index: number): void {
    if (type === 'MapIterationStarted') newest.delete(index)
    add(index, type, `m${type.slice(1)}`, { name, index })
  }
  function tell(event: EngineEvent): void {
    const at = 'index' in event ? (event.index ?? ROOT) : ROOT
    switch (event.type) {
      case 'ExecutionStarted':
        add(at, event.type, 'executionStarted', { input: text(event.input), roleArn: role })
        break
      case 'ExecutionSucceeded':
        add(at, event.type, 'executionSucceeded', { output: text(event.output) })
        break
      case 'ExecutionFailed':
        add(at, event.type, 'executionFailed', failureOf(event))
        break
      // Nobody stops an execution here but its own timeout.
      case 'ExecutionAborted':
        add(at, 'ExecutionTimedOut', 'executionTimedOut', { error: 'States.Timeout' })
        break
      case 'StateEntered':
        enter(at, event.state)
        break
      case 'StateExited':
        exit(at, event.state)
        break
      case 'StateFailed':
        if (event.state.type === 'Task') addOfTask(at, event.state.name, 'Failed', failureOf(event))
        break
      case 'StateRetried':
        schedule(at, event.state.name, event.state.input)
        break
      case 'MapIterationStarted':
      case 'MapIterationSucceeded':
      case 'MapIterationFailed':
        iterate(event.type, event.parentState.name, event.index)
    }
  }
  return {
    async follow(told) {
      for await (const event of told) tell(event)
    },
    events: () => events,
  }
}
