import {
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  DescribeTrainingJobCommand,
  type DescribeTrainingJobCommandOutput,
  ResourceInUse,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker'

/** Training jobs, as the stages see them that start them and look after them. */
export interface TrainingJobs {
  /** Starts the job; answers false where one of that name has been started before. */
  create(input: CreateTrainingJobCommandInput): Promise<boolean>
  /** What SageMaker knows of a job; null where it knows none of that name. */
  describe(jobName: string): Promise<DescribedJob | null>
}
export type DescribedJob = Omit<DescribeTrainingJobCommandOutput, '$metadata'>

/** "DescribeTrainingJob" names ResourceNotFound, and answers ValidationException. */
const isUnknown = ({ name, message }: Error): boolean =>
  name === 'ResourceNotFound' || (name === 'ValidationException' && /not found/i.test(message))

/** The SageMaker implementation. Any other fault is thrown as the SDK gives it. */
export function sageMakerJobs(client: SageMakerClient = new SageMakerClient()): TrainingJobs {
  const look = (TrainingJobName: string | undefined) =>
    client.send(new DescribeTrainingJobCommand({ TrainingJobName }))
  return {
    async create(input) {
      try {
        await client.send(new CreateTrainingJobCommand(input))
        return true
      } catch (error) {
        if (!(error instanceof ResourceInUse)) throw error
        // The name holds the version's digest: a job of that name is this job, if it can be seen.
        await look(input.TrainingJobName)
        return false
      }
    },
    async describe(jobName) {
      try {
        return await look(jobName)
      } catch (error) {
        if (isUnknown(error as Error)) return null
        throw error
      }
    },
  }
}
