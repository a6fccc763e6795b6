import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import type { RunStarter } from './start-run.ts'

/**
 * Starts runs in Step Functions. A repeated start with the same name and input succeeds while the
 * execution is running, and fails with ExecutionAlreadyExists after it has ended ("StartExecution",
 * AWS Step Functions API reference). In both cases there is one execution.
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
