import type { StateMachine } from 'aws-local-stepfunctions'
import { REGION } from '../ports.ts'
import { START_EXECUTION } from './definition.ts'

/** Events of the engine during an execution. */
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
  follow(events: AsyncIterable<EngineEvent>): Promise<void>
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

interface HistoryState {
  role: string
  /** ARN of its function, or START_EXECUTION, by the task's name. */
  resources: ReadonlyMap<string, string>
  now: () => number
  events: HistoryEvent[]
  /** The newest event by iteration. */
  newest: Map<number, number>
}

function add(
  history: HistoryState,
  at: number,
  type: string,
  detail?: string,
  details: Record<string, unknown> = {},
): void {
  const { events, newest, now } = history
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
function addOfTask(
  history: HistoryState,
  at: number,
  name: string,
  what: string,
  details?: object,
): void {
  const isCall = history.resources.get(name) !== START_EXECUTION
  const detail = details && `${isCall ? 'lambdaFunction' : 'task'}${what}`
  const type = `${isCall ? 'LambdaFunction' : 'Task'}${what}`
  add(history, at, type, detail, { ...(isCall ? {} : INTEGRATION), ...details })
}

function schedule(history: HistoryState, at: number, { name, input }: EngineState): void {
  const resource = history.resources.get(name)
  const given =
    resource === START_EXECUTION
      ? { region: REGION, parameters: text(input) }
      : { resource, input: text(input) }
  addOfTask(history, at, name, 'Scheduled', given)
  addOfTask(history, at, name, 'Started')
}

function enter(history: HistoryState, at: number, state: EngineState): void {
  const { name, type, input } = state
  add(history, at, `${type}StateEntered`, 'stateEntered', { name, input: text(input) })
  if (type === 'Task') schedule(history, at, state)
  if (type === 'Map') add(history, at, 'MapStateStarted')
}

function exit(history: HistoryState, at: number, { name, type, output }: EngineState): void {
  if (type === 'Task') addOfTask(history, at, name, 'Succeeded', { output: text(output) })
  if (type === 'Map') add(history, at, 'MapStateSucceeded')
  add(history, at, `${type}StateExited`, 'stateExited', { name, output: text(output) })
}

function iterate(history: HistoryState, type: string, name: string, index: number): void {
  if (type === 'MapIterationStarted') history.newest.delete(index)
  add(history, index, type, `m${type.slice(1)}`, { name, index })
}

function record(history: HistoryState, event: EngineEvent): void {
  const at = 'index' in event ? (event.index ?? ROOT) : ROOT
  switch (event.type) {
    case 'ExecutionStarted': {
      const details = { input: text(event.input), roleArn: history.role }
      add(history, at, event.type, 'executionStarted', details)
      break
    }
    case 'ExecutionSucceeded':
      add(history, at, event.type, 'executionSucceeded', { output: text(event.output) })
      break
    case 'ExecutionFailed':
      add(history, at, event.type, 'executionFailed', failureOf(event))
      break
    // Nothing stops an execution here but its own timeout.
    case 'ExecutionAborted':
      add(history, at, 'ExecutionTimedOut', 'executionTimedOut', { error: 'States.Timeout' })
      break
    case 'StateEntered':
      enter(history, at, event.state)
      break
    case 'StateExited':
      exit(history, at, event.state)
      break
    case 'StateFailed':
      if (event.state.type === 'Task')
        addOfTask(history, at, event.state.name, 'Failed', failureOf(event))
      break
    case 'StateRetried':
      schedule(history, at, event.state)
      break
    case 'MapIterationStarted':
    case 'MapIterationSucceeded':
    case 'MapIterationFailed':
      iterate(history, event.type, event.parentState.name, event.index)
      break
  }
}

/**
 * The history of one execution in AWS's own events. A task is a Lambda's call, so that its attempts
 * are scheduled, started, succeeded or failed; the items of a distributed map are in the history of
 * the execution that began them, since here they run inside it.
 */
export function createHistory(
  role: string,
  resources: ReadonlyMap<string, string>,
  now: () => number,
): History {
  const history: HistoryState = { role, resources, now, events: [], newest: new Map() }
  return {
    async follow(events) {
      for await (const event of events) record(history, event)
    },
    events: () => history.events,
  }
}
