import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import {
  DynamoDBClient,
  ListBackupsCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb'
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import {
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker'
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
  TagQueueCommand,
} from '@aws-sdk/client-sqs'
import { type DropManifest, dropManifestSchema } from '../../functions/contract/accounts.ts'
import { eventually, type Running } from './bring-up.ts'

type Failing = () => Promise<unknown>

/** What an operator does with the SDK's stock clients, as its environment points them. */
export function openClients(running: Running) {
  const configuration = {
    endpoint: running.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  }
  const s3 = new S3Client({ ...configuration, forcePathStyle: true })
  const dynamo = new DynamoDBClient(configuration)
  const sagemaker = new SageMakerClient(configuration)
  const sfn = new SFNClient(configuration)
  const sqs = new SQSClient(configuration)
  const lambda = new LambdaClient(configuration)
  const logs = new CloudWatchLogsClient(configuration)
  const Raw = running.named('bucket', /raw/)
  const Lake = running.named('bucket', /lake/)
  const Registry = running.named('table', /Registry/)
  const Run = running.named('state machine', /Run/)
  const keyOf = (name: string): string => `raw/feed/events/${name}`
  const urlOf = async (QueueName: string): Promise<string> =>
    (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl!

  async function registryRow(sk: string) {
    const { Items = [] } = await dynamo.send(
      new QueryCommand({
        TableName: Registry,
        KeyConditionExpression: 'pk = :pk AND sk = :sk',
        ExpressionAttributeValues: { ':pk': { S: 'SCENE#feed' }, ':sk': { S: sk } },
      }),
    )
    return Items[0]
  }
  async function describeUntilEnd(executionArn: string) {
    return eventually(async () => {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }))
      return execution.status === 'RUNNING' ? null : execution
    }, 30_000)
  }
  async function manifests(): Promise<string[]> {
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: Lake, Prefix: 'manifests/feed/drops/' }),
    )
    return Contents.map(({ Key }) => Key!)
  }
  const read = new Map<string, DropManifest>()
  async function readManifest(Key: string): Promise<DropManifest> {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: Lake, Key }))
    const manifest = dropManifestSchema.parse(JSON.parse(await Body!.transformToString()))
    read.set(Key, manifest)
    return manifest
  }

  return {
    /** Sequence of the release that is served, or null. */
    async served(): Promise<number | null> {
      return Number((await registryRow('CURRENT'))?.['sequence']?.N ?? 0) || null
    },
    async uploadInParts(name: string, body: Buffer, partBytes: number): Promise<void> {
      const target = { Bucket: Raw, Key: keyOf(name) }
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand(target))
      const Parts: { ETag: string; PartNumber: number }[] = []
      for (let from = 0; from < body.length; from += partBytes) {
        const PartNumber = Parts.length + 1
        const Body = body.subarray(from, from + partBytes)
        const { ETag } = await s3.send(
          new UploadPartCommand({ ...target, UploadId, PartNumber, Body }),
        )
        Parts.push({ ETag: ETag!, PartNumber })
      }
      const MultipartUpload = { Parts }
      await s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }))
    },
    async listRaw(): Promise<string[]> {
      const listed = new ListObjectsV2Command({ Bucket: Raw, Prefix: keyOf('') })
      return ((await s3.send(listed)).Contents ?? []).map(({ Key }) => Key!)
    },
    removeRaw: (name: string) =>
      s3.send(new DeleteObjectCommand({ Bucket: Raw, Key: keyOf(name) })),
    /** The account of a drop, once intake has put its manifest. */
    accountOf: (name: string): Promise<DropManifest> =>
      eventually(async () => {
        for (const key of await manifests()) {
          const manifest = read.get(key) ?? (await readManifest(key))
          if (manifest.rawKey === keyOf(name)) return manifest
        }
        return null
      }, 20_000),
    async registryRows() {
      const queried = await dynamo.send(
        new QueryCommand({
          TableName: Registry,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: 'SCENE#feed' } },
        }),
      )
      const scanned = await dynamo.send(new ScanCommand({ TableName: Registry }))
      return { queried: queried.Items ?? [], scanned: scanned.Items ?? [] }
    },
    async trainingJobs() {
      const names: string[] = []
      let NextToken: string | undefined
      do {
        const page = await sagemaker.send(new ListTrainingJobsCommand({ MaxResults: 1, NextToken }))
        names.push(...page.TrainingJobSummaries!.map(({ TrainingJobName }) => TrainingJobName!))
        NextToken = page.NextToken
      } while (NextToken !== undefined)
      const first = new DescribeTrainingJobCommand({ TrainingJobName: names.at(-1)! })
      return { names, described: await sagemaker.send(first) }
    },
    async startRun(input: unknown) {
      const { stateMachines } = await sfn.send(new ListStateMachinesCommand({}))
      const { stateMachineArn } = stateMachines!.find((each) => each.stateMachineArn === Run)!
      const { executionArn } = await sfn.send(
        new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
      )
      const execution = await describeUntilEnd(executionArn!)
      const events: HistoryEvent[] = []
      let nextToken: string | undefined
      do {
        const asked = { executionArn: executionArn!, maxResults: 5, nextToken }
        const page = await sfn.send(new GetExecutionHistoryCommand(asked))
        events.push(...page.events!)
        nextToken = page.nextToken
      } while (nextToken !== undefined)
      return { execution, events }
    },
    /** A message that intake cannot read becomes a dead letter, and is moved back. */
    async redriveNonsense() {
      const dropsUrl = await urlOf(running.named('queue', /IntakeDrops/))
      const deadUrl = await urlOf(running.named('queue', /FailedDrops/))
      await sqs.send(new SendMessageCommand({ QueueUrl: dropsUrl, MessageBody: 'nonsense' }))
      const { Body } = await eventually(async () => {
        const asked = { QueueUrl: deadUrl, VisibilityTimeout: 0 }
        return (await sqs.send(new ReceiveMessageCommand(asked))).Messages?.[0]
      }, 60_000)
      if (Body !== 'nonsense') throw new Error(`another dead letter: ${Body}`)
      const arnOf = async (QueueUrl: string): Promise<string> => {
        const asked = { QueueUrl, AttributeNames: ['QueueArn' as const] }
        return (await sqs.send(new GetQueueAttributesCommand(asked))).Attributes!['QueueArn']!
      }
      // Intake sends what it can never read there itself: such a message has no queue that it came from.
      const [SourceArn, DestinationArn] = await Promise.all([arnOf(deadUrl), arnOf(dropsUrl)])
      await sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }))
      const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }))
      return Results![0]!
    },
    async logsOf(FunctionName: string, filterPattern: string): Promise<string[]> {
      const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))
      const logGroupName = found.LoggingConfig!.LogGroup!
      const { logGroups } = await logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }),
      )
      if (logGroups!.length !== 1) throw new Error(`${logGroups!.length} groups ${logGroupName}`)
      const { events } = await logs.send(
        new FilterLogEventsCommand({ logGroupName, filterPattern }),
      )
      const { logStreamName } = events![0]!
      const stream = await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName }))
      if (stream.events!.length === 0) throw new Error(`nothing in ${logStreamName}`)
      return events!.map(({ message }) => message!)
    },
    /** Error name and status of what each service has to refuse. */
    async errors(): Promise<Record<string, [string, number | undefined]>> {
      const refused: Record<string, Failing> = {
        'a bucket that is not': () => s3.send(new ListObjectsV2Command({ Bucket: 'nothing' })),
        'a key that is not': () => s3.send(new GetObjectCommand({ Bucket: Raw, Key: 'nothing' })),
        'a table that is not': () => dynamo.send(new ScanCommand({ TableName: 'nothing' })),
        'an operation of DynamoDB that is not here': () => dynamo.send(new ListBackupsCommand({})),
        'a job that is not': () =>
          sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'nothing' })),
        'a state machine that is not': () =>
          sfn.send(new StartExecutionCommand({ stateMachineArn: `${Run}x` })),
        'an input that is no JSON': () =>
          sfn.send(new StartExecutionCommand({ stateMachineArn: Run, input: '{' })),
        'a queue that is not': () => sqs.send(new GetQueueUrlCommand({ QueueName: 'nothing' })),
        'an operation of SQS that is not here': async () =>
          sqs.send(
            new TagQueueCommand({
              QueueUrl: await urlOf(running.named('queue', /IntakeDrops/)),
              Tags: {},
            }),
          ),
        'a redrive of what is no dead-letter queue': () => {
          const queue = running.named('queue', /IntakeDrops/)
          const SourceArn = `arn:aws:sqs:us-east-1:000000000000:${queue}`
          return sqs.send(new StartMessageMoveTaskCommand({ SourceArn }))
        },
        'a function that is not': () => lambda.send(new InvokeCommand({ FunctionName: 'nothing' })),
        'a log group that is not': () =>
          logs.send(new FilterLogEventsCommand({ logGroupName: 'nothing' })),
        'an operation of the logs that is not here': () =>
          logs.send(new CreateLogGroupCommand({ logGroupName: 'mine' })),
      }
      const told: Record<string, [string, number | undefined]> = {}
      for (const [what, ask] of Object.entries(refused))
        try {
          await ask()
          told[what] = ['nothing was wrong', 200]
        } catch (error) {
          const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
          told[what] = [name, $metadata?.httpStatusCode]
        }
      return told
    },
    close() {
      for (const client of [s3, dynamo, sagemaker, sfn, sqs, lambda, logs]) client.destroy()
    },
  }
}
