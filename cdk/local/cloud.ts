import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { dynamoTable } from '../../functions/core/dynamodb.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { s3Store } from '../../functions/core/s3.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { issueKeys, OPERATOR, TRAINING_STAGE } from './access-keys.ts'
import { createActivity, neverBusy } from './activity.ts'
import { callerIdentityService } from './caller-identity.ts'
import { createClock, type VirtualClock } from './clock.ts'
import { credentialsOf, OPERATOR_KEY } from './credentials.ts'
import { createDynamo, createTables } from './dynamodb.ts'
import { createEventBus } from './event-bus/event-bus.ts'
import { type ShowPage, startFront } from './front.ts'
import { createAuthorizer } from './iam.ts'
import { logGroupOf, logStreamOf } from './lambda/environment.ts'
import { createFunctionPool, type FunctionPool } from './lambda/function-pool.ts'
import { createLogLines } from './logs/lines.ts'
import { logsService } from './logs/service.ts'
import { type Deliver, type EventBus, REGION } from './ports.ts'
import { createS3 } from './s3/service.ts'
import { createSageMaker, type TrainingJob } from './sagemaker/service.ts'
import { createSchedules, type Schedules } from './schedules.ts'
import { secretsService } from './secrets.ts'
import { mapEventSource } from './sqs/event-source.ts'
import { createQueues, type Queues } from './sqs/queues.ts'
import { sqsService } from './sqs/service.ts'
import { createStateMachines, type Execution } from './step-functions.ts'
import { readAssembly } from './template/assembly.ts'
import { type Declarations, readDeclarations } from './template/declarations.ts'
import { createUsage, type Usage } from './usage.ts'

export interface CloudOptions {
  /** Cloud assembly, as the CDK command line writes it. */
  assembly: string
  /** Objects, logs and jobs' folders go beneath it. */
  root: string
  startMs: number
  seed: number
  /** Where it listens; 127.0.0.1 by default. */
  address?: string
  /** Default: one that is free. */
  port?: number
  /** Whether an access key that is no stage's is the operator's; else it is refused. */
  admitsAnyKey?: boolean
  /** Whether time runs on while work is under way, as it does on AWS; else it stands still. */
  isRealTime?: boolean
}

export interface Cloud {
  url: string
  /** Folder of a log file a stage. */
  logs: string
  clock: VirtualClock
  usage: Usage
  declarations: Declarations
  functions: FunctionPool
  schedules: Schedules
  queues: Queues
  logGroups(): string[]
  /** What is under way, oldest first. */
  underWay(): string[]
  /** Answers browsers at the endpoint. */
  show(page: ShowPage): void
  /** Physical name of a construct right under its stack, such as `Raw`. */
  nameOf(construct: string): string
  /** Stores as the operator has them. */
  raw: ObjectStore
  lake: ObjectStore
  models: ObjectStore
  quarantine: ObjectStore
  registry: TableStore
  online: TableStore
  /** Puts an object into the raw bucket, as a producer does. */
  dropRaw(key: string, body: Uint8Array, metadata?: Readonly<Record<string, string>>): Promise<void>
  executions(): readonly Execution[]
  jobs(): readonly TrainingJob[]
  deadLetters(): number
  /** Kills what runs and frees the port; nothing of it is left behind. */
  close(): Promise<void>
}

/** Where SageMaker keeps them ("Log groups and streams that Amazon SageMaker AI sends"). */
const TRAINING_LOGS = '/aws/sagemaker/TrainingJobs'
const lastOf = (arn: string): string => arn.split(/[:/]/).at(-1)!

/**
 * Brings a synthesized app up on loopback: every bucket, table, queue, function, rule, schedule,
 * state machine and training image that its templates declare, behind one endpoint, with roles
 * enforced and time virtual. Throws with one sentence for what the local cloud does not know.
 */
export async function startCloud({
  assembly: directory,
  root,
  startMs,
  seed,
  address,
  port,
  admitsAnyKey = false,
  isRealTime = false,
}: CloudOptions): Promise<Cloud> {
  const assembly = readAssembly(directory)
  const declarations = readDeclarations(assembly)
  const logs = join(root, 'logs')
  mkdirSync(logs, { recursive: true })
  const work = createActivity()
  const clock = createClock(startMs, isRealTime ? neverBusy : work)
  const usage = createUsage()
  const authorize = createAuthorizer(declarations.roles)
  const { keyOf, callers } = issueKeys(declarations)
  const lines = createLogLines([TRAINING_LOGS, ...declarations.functions.map(logGroupOf)], Date.now)
  const lost: string[] = []
  const onLost = ({ what, reason }: { what: string; reason: unknown }): void => {
    lost.push(what)
    process.stderr.write(`lost on the way to ${what}: ${String(reason)}\n`)
  }

  // Services tell the bus of what they do, and the bus delivers to services: it is joined last.
  let joined: EventBus | null = null
  const bus: EventBus = { publish: (event) => joined?.publish(event) }
  const queues = createQueues(declarations.queues, clock)
  const s3 = createS3({ root, buckets: declarations.buckets, clock, bus, authorize })
  const dynamo = createDynamo(authorize)
  let url = ''
  const clientOf = (accessKeyId: string) => ({
    endpoint: url,
    region: REGION,
    credentials: credentialsOf(accessKeyId),
  })
  const s3ClientOf = (key: string): S3Client =>
    new S3Client({ ...clientOf(key), forcePathStyle: true })
  const roleClients = new Map<string, S3Client>()
  const sagemaker = createSageMaker({
    images: assembly.images,
    folder: join(root, 'jobs'),
    logPath: join(logs, `${TRAINING_STAGE}.log`),
    printed: (job, chunk) => lines.append(TRAINING_LOGS, `${job}/algo-1`, chunk),
    clock,
    activity: work,
    bus,
    usage,
    authorize,
    s3Of(roleArn) {
      const found = roleClients.get(roleArn) ?? s3ClientOf(keyOf(`role ${lastOf(roleArn)}`))
      roleClients.set(roleArn, found)
      return found
    },
    environmentOf: () => ({ AWS_REGION: REGION }),
  })

  const functionServices: FunctionPool[] = []
  const proxied = {
    signingName: 'lambda',
    handle: (...request: Parameters<FunctionPool['handle']>) =>
      functionServices[0]!.handle(...request),
  }
  const states: ReturnType<typeof createStateMachines>[] = []
  const stateService = {
    signingName: 'states',
    handle: (...request: Parameters<FunctionPool['handle']>) => states[0]!.handle(...request),
  }
  const front = await startFront({
    services: [
      s3,
      dynamo,
      sqsService(queues, authorize),
      secretsService(declarations.secrets, seed, authorize),
      sagemaker,
      proxied,
      stateService,
      logsService(lines, authorize),
      callerIdentityService(),
    ],
    resolveCaller: (key) => callers.get(key) ?? (admitsAnyKey ? OPERATOR : null),
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
    requestArrived: ({ stage }) => functionServices[0]?.requestArrived(stage) ?? true,
    usage,
  })
  url = front.url
  const functions = createFunctionPool({
    declarations: declarations.functions,
    endpointUrl: url,
    clock,
    activity: work,
    usage,
    logDirectory: logs,
    temporaryDirectory: join(root, 'tmp'),
    printed: (declaration, process, chunk) =>
      lines.append(logGroupOf(declaration), logStreamOf(process), chunk),
    credentials: (name) => credentialsOf(keyOf(name)),
    authorize,
    onLost,
  })
  functionServices.push(functions)
  const machines = createStateMachines({
    machines: declarations.stateMachines,
    invoker: functions,
    clock,
    activity: work,
    bus,
    authorize,
  })
  states.push(machines)

  const resolve = (arn: string): Deliver => {
    const service = arn.split(':')[2]
    if (service === 'sqs') return queues.deliverTo(arn)
    if (service === 'lambda') return functions.deliverTo(arn)
    if (service === 'states') return machines.deliverTo(arn)
    throw new Error(`a delivery to ${arn} is not supported on the local cloud`)
  }
  joined = createEventBus({ rules: declarations.rules, resolve, clock, activity: work, onLost })
  const sources = declarations.eventSources.map((declaration) =>
    mapEventSource({
      declaration,
      queue: queues.find(declaration.queueArn),
      invoker: functions,
      clock,
      activity: work,
    }),
  )
  const dynamoClient = new DynamoDBClient(clientOf(OPERATOR_KEY))
  await createTables(dynamoClient, declarations.tables)
  const schedules = createSchedules({
    schedules: declarations.schedules,
    resolve,
    clock,
    activity: work,
    onLost,
  })

  const operatorS3 = s3ClientOf(OPERATOR_KEY)
  const documents = DynamoDBDocumentClient.from(dynamoClient, {
    marshallOptions: { removeUndefinedValues: true },
  })
  const named = (construct: string): string => {
    const found = [...declarations.namesByPath].find(([path]) => path.split('/')[1] === construct)
    if (!found) throw new Error(`no stack has a construct ${construct}`)
    return found[1]
  }
  const deadLetterArns = [
    ...declarations.rules.flatMap(({ targets }) => targets),
    ...declarations.schedules,
  ].flatMap(({ deadLetterArn }) => deadLetterArn ?? [])
  let closing: Promise<void> | null = null
  async function close(): Promise<void> {
    for (const source of sources) source.close()
    schedules.close()
    await functions.close()
    await sagemaker.close()
    await front.close()
    await dynamo.close()
    for (const client of [operatorS3, ...roleClients.values()]) client.destroy()
    dynamoClient.destroy()
  }
  return {
    url,
    logs,
    clock,
    usage,
    declarations,
    functions,
    schedules,
    queues,
    logGroups: lines.groups,
    underWay: work.list,
    show: front.show,
    nameOf: named,
    raw: s3Store(named('Raw'), operatorS3),
    lake: s3Store(named('Lake'), operatorS3),
    models: s3Store(named('Models'), operatorS3),
    quarantine: s3Store(named('Quarantine'), operatorS3),
    registry: dynamoTable(named('Registry'), documents),
    online: dynamoTable(named('Online'), documents),
    async dropRaw(key, body, metadata) {
      const end = work.begin(`drop ${key}`)
      try {
        await s3.put(named('Raw'), key, body, metadata)
      } finally {
        end()
      }
    },
    executions: machines.executions,
    jobs: sagemaker.jobs,
    deadLetters: () => queues.deadLetters(deadLetterArns) + lost.length,
    close: () => (closing ??= close()),
  }
}
