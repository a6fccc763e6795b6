import type { Authorize } from '../authorize.ts'
import { type Operation, ServiceError } from '../json-service.ts'
import { pageOf } from '../paging.ts'
import { REGION } from '../ports.ts'
import type { Execution } from '../step-functions.ts'
import type { StateMachineDeclaration } from '../template/declarations.ts'
import type { HistoryEvent } from './history.ts'

export interface StateMachineShelf {
  machines(): readonly StateMachineDeclaration[]
  /** Newest last. */
  executions(): readonly Execution[]
  /** Null where the history is no longer kept. */
  historyOf(executionArn: string): readonly HistoryEvent[] | null
  start(stateMachineArn: string, input: unknown, name?: string): Execution
}

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

/** What Step Functions is asked here (Step Functions API reference); any other is refused by name. */
export function stateMachineOperations(
  shelf: StateMachineShelf,
  authorize: Authorize,
): Record<string, Operation> {
  const machineOf = (arn: unknown): StateMachineDeclaration => {
    const found = shelf.machines().find((machine) => machine.arn === arn)
    if (found) return found
    throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`)
  }
  const executionOf = (arn: unknown): Execution => {
    if (!String(arn).startsWith(`arn:aws:states:${REGION}:`))
      throw new ServiceError('InvalidArn', `Invalid Arn: '${arn}'`)
    const found = shelf.executions().find((execution) => execution.arn === arn)
    if (found) return found
    throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`)
  }
  const demanding =
    (
      action: string,
      resourceOf: (input: Record<string, unknown>) => unknown,
      run: Operation,
    ): Operation =>
    (input, caller) => {
      const resource = String(resourceOf(input))
      const { allowed, reason } = authorize(caller, `states:${action}`, resource)
      if (!allowed) throw new ServiceError('AccessDeniedException', reason)
      return run(input, caller)
    }
  const operations: Record<string, Operation> = {
    StartExecution({ stateMachineArn, input, name }) {
      const { arn } = machineOf(stateMachineArn)
      if (name !== undefined && !NAME.test(String(name)))
        throw new ServiceError('InvalidName', `Invalid Name: '${name}'`)
      const execution = shelf.start(arn, parseInput(input), name as string | undefined)
      return { executionArn: execution.arn, startDate: execution.startMs / 1000 }
    },
    DescribeExecution({ executionArn }) {
      const found = executionOf(executionArn)
      const { input, output, error, cause } = found
      return {
        ...summaryOf(found),
        input,
        inputDetails: { included: true },
        ...(output === null ? {} : { output, outputDetails: { included: true } }),
        ...(error === null ? {} : { error }),
        ...(cause === null ? {} : { cause }),
      }
    },
    GetExecutionHistory(input) {
      const { arn } = executionOf(input['executionArn'])
      const kept = shelf.historyOf(arn)
      if (!kept)
        throw new ServiceError('ExecutionDoesNotExist', `The history of '${arn}' is no longer kept`)
      const events = input['reverseOrder'] === true ? [...kept].reverse() : kept
      const { items, nextToken } = pageOf(events, input['maxResults'], input['nextToken'])
      return { events: items, ...(nextToken === null ? {} : { nextToken }) }
    },
    ListExecutions(input) {
      const { arn } = machineOf(input['stateMachineArn'])
      const wanted = input['statusFilter']
      const matching = shelf
        .executions()
        .filter((execution) => execution.stateMachineArn === arn)
        .filter(({ status }) => wanted === undefined || status === wanted)
        .reverse()
      const { items, nextToken } = pageOf(matching, input['maxResults'], input['nextToken'])
      return { executions: items.map(summaryOf), ...(nextToken === null ? {} : { nextToken }) }
    },
    DescribeStateMachine({ stateMachineArn }) {
      const { arn, name, definition, role } = machineOf(stateMachineArn)
      return {
        stateMachineArn: arn,
        name,
        status: 'ACTIVE',
        definition,
        roleArn: role,
        type: 'STANDARD',
        creationDate: 0,
      }
    },
    ListStateMachines: () => ({
      stateMachines: shelf.machines().map(({ arn, name }) => ({
        stateMachineArn: arn,
        name,
        type: 'STANDARD',
        creationDate: 0,
      })),
    }),
  }
  return Object.fromEntries(
    Object.entries(operations).map(([action, run]) => [
      action,
      demanding(
        action,
        ({ stateMachineArn, executionArn }) => stateMachineArn ?? executionArn ?? '*',
        run,
      ),
    ]),
  )
}
