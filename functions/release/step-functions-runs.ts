import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import type { RunStarter } from './start-run.ts'

/**
 * The Step Functions implementation. A name that is running with this input answers as the first
 * time, one that has ended with ExecutionAlreadyExists ("StartExecution", AWS Step Functions API
 * reference); either is started once.
 */
export function stepFunctionsRuns(
  stateMachineArn: string,
  client: SFNClient = new SFNClient(),
): RunStarter {
  return {
    async start(name, input) {
      try {
        await client.send(
          new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
        )
        return true
      } catch (error) {
        if (error instanceof ExecutionAlreadyExists) return false
        throw error
      }
    },
  }
}
