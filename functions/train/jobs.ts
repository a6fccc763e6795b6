import {
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  DescribeTrainingJobCommand,
  ResourceInUse,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker'

/** Training jobs, as the start stage sees them. */
export interface TrainingJobs {
  /** Starts the job; answers false where one of that name has been started before. */
  create(input: CreateTrainingJobCommandInput): Promise<boolean>
}

/** The SageMaker implementation. Any fault but a name in use is thrown as the SDK gives it. */
export function sageMakerJobs(client: SageMakerClient = new SageMakerClient()): TrainingJobs {
  return {
    async create(input) {
      try {
        await client.send(new CreateTrainingJobCommand(input))
        return true
      } catch (error) {
        if (!(error instanceof ResourceInUse)) throw error
        // The name holds the version's digest: a job of that name is this job, if it can be seen.
        await client.send(
          new DescribeTrainingJobCommand({ TrainingJobName: input.TrainingJobName }),
        )
        return false
      }
    },
  }
}
