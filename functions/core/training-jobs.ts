import {
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  DescribeTrainingJobCommand,
  type DescribeTrainingJobCommandOutput,
  ResourceInUse,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker'

/** SageMaker training jobs, for the stages that start and look up jobs. */
export interface TrainingJobs {
  /** Starts the job. False: a job of that name was started before. */
  create(input: CreateTrainingJobCommandInput): Promise<boolean>
  /** SageMaker's description of a job. Null: there is no job of that name. */
  describe(jobName: string): Promise<DescribedJob | null>
}
export type DescribedJob = Omit<DescribeTrainingJobCommandOutput, '$metadata'>

/** "DescribeTrainingJob" documents ResourceNotFound, but the service returns ValidationException. */
const isUnknown = ({ name, message }: Error): boolean =>
  name === 'ResourceNotFound' || (name === 'ValidationException' && /not found/i.test(message))

/** The SageMaker implementation. Throws every other fault as the SDK does. */
export function sageMakerJobs(client: SageMakerClient = new SageMakerClient()): TrainingJobs {
  const lookUp = (TrainingJobName: string | undefined) =>
    client.send(new DescribeTrainingJobCommand({ TrainingJobName }))
  return {
    async create(input) {
      try {
        await client.send(new CreateTrainingJobCommand(input))
        return true
      } catch (error) {
        if (!(error instanceof ResourceInUse)) throw error
        // The name contains the digest of the version, so a visible job of that name is this job.
        await lookUp(input.TrainingJobName)
        return false
      }
    },
    async describe(jobName) {
      try {
        return await lookUp(jobName)
      } catch (error) {
        if (isUnknown(error as Error)) return null
        throw error
      }
    },
  }
}
