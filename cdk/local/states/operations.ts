import { type Operation, ServiceError } from '../json-service.ts'
import { pageOf } from '../paging.ts'
import { REGION } from '../ports.ts'
import { startExecution } from './executions.ts'
import type { Execution, Machine, StatesState } from './state.ts'

type Input = Record<string, unknown>

const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u
const summaryOf = ({ arn, status, startMs, stopMs, name, stateMachineArn }: Execution) => ({
  executionArn: arn,
  stateMachineArn,
  name,
  status,
  startDate: startMs / 1000,
  ...(stopMs === null ? {} : { stopDate: stopMs / 1000 }),
})

function parseInput(input: unknown): unknown {
  try {
    return JSON.parse(String(input ?? '{}'))
  } catch (error) {
    const why = (error as Error).message
    throw new ServiceError(
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: '${why}'`,
    )
  }
}
function findMachine({ machines }: StatesState, arn: unknown): Machine {
  const found = machines.get(arn as string)
  if (found) return found
  throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`)
}
function findExecution({ executions }: StatesState, arn: unknown): Execution {
  if (!String(arn).startsWith(`arn:aws:states:${REGION}:`))
    throw new ServiceError('InvalidArn', `Invalid Arn: '${arn}'`)
  const found = executions.get(arn as string)
  if (found) return found
  throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`)
}

function start(state: StatesState, { stateMachineArn, input, name }: Input) {
  const { declaration } = findMachine(state, stateMachineArn)
  if (name !== undefined && !NAME.test(String(name)))
    throw new ServiceError('InvalidName', `Invalid Name: '${name}'`)
  const given = parseInput(input)
  const execution = startExecution(state, declaration.arn, given, name as string | undefined)
  return { executionArn: execution.arn, startDate: execution.startMs / 1000 }
}

function describeExecution(state: StatesState, { executionArn }: Input) {
  const found = findExecution(state, executionArn)
  const { input, output, error, cause } = found
  return {
    ...summaryOf(found),
    input,
    inputDetails: { included: true },
    ...(output === null ? {} : { output, outputDetails: { included: true } }),
    ...(error === null ? {} : { error }),
    ...(cause === null ? {} : { cause }),
  }
}

function getHistory(state: StatesState, input: Input) {
  const { arn } = findExecution(state, input['executionArn'])
  const kept = state.histories.get(arn)?.events()
  if (!kept)
    throw new ServiceError('ExecutionDoesNotExist', `The history of '${arn}' is no longer kept`)
  const events = input['reverseOrder'] === true ? [...kept].reverse() : kept
  const { items, nextToken } = pageOf(events, input['maxResults'], input['nextToken'])
  return { events: items, ...(nextToken === null ? {} : { nextToken }) }
}

function listExecutions(state: StatesState, input: Input) {
  const { arn } = findMachine(state, input['stateMachineArn']).declaration
  const wanted = input['statusFilter']
  const matching = [...state.executions.values()]
    .filter((execution) => execution.stateMachineArn === arn)
    .filter(({ status }) => wanted === undefined || status === wanted)
    .reverse()
  const { items, nextToken } = pageOf(matching, input['maxResults'], input['nextToken'])
  return { executions: items.map(summaryOf), ...(nextToken === null ? {} : { nextToken }) }
}

const machineSummary = ({ declaration: { arn, name } }: Machine) => ({
  stateMachineArn: arn,
  name,
  type: 'STANDARD',
  creationDate: 0,
})

function describeMachine(state: StatesState, { stateMachineArn }: Input) {
  const machine = findMachine(state, stateMachineArn)
  const { definition, role } = machine.declaration
  return { ...machineSummary(machine), status: 'ACTIVE', definition, roleArn: role }
}

function listMachines({ machines }: StatesState) {
  return { stateMachines: [...machines.values()].map(machineSummary) }
}

/** What Step Functions is asked here (Step Functions API reference); any other is refused by name. */
const OPERATIONS: Readonly<Record<string, (state: StatesState, input: Input) => unknown>> = {
  StartExecution: start,
  DescribeExecution: describeExecution,
  GetExecutionHistory: getHistory,
  ListExecutions: listExecutions,
  DescribeStateMachine: describeMachine,
  ListStateMachines: listMachines,
}

/** The operations over a state, each behind the permission of its name. */
export function stateMachineOperations(state: StatesState): Record<string, Operation> {
  return Object.fromEntries(
    Object.entries(OPERATIONS).map(([action, run]): [string, Operation] => [
      action,
      (input, caller) => {
        const resource = String(input['stateMachineArn'] ?? input['executionArn'] ?? '*')
        const { allowed, reason } = state.authorize(caller, `states:${action}`, resource)
        if (!allowed) throw new ServiceError('AccessDeniedException', reason)
        return run(state, input)
      },
    ]),
  )
}
