import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'

/** A state machine to start. */
export interface ExecutionStarter<Input> {
  /** False where an execution of this name was started before. */
  start(name: string, input: Input): Promise<boolean>
}

/**
 * Starts executions in Step Functions. A repeated start with the same name and input succeeds while the
 * execution is running, and fails with ExecutionAlreadyExists after it has ended ("StartExecution",
 * AWS Step Functions API reference). In both cases there is one execution.
 */
export function stepFunctions(
  stateMachineArn: string,
  client: SFNClient = new SFNClient(),
): ExecutionStarter<object> {
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
