import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { dynamoTable } from '../../functions/core/dynamodb.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { s3Store } from '../../functions/core/s3.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { issueKeys, OPERATOR, TRAINING_STAGE } from './access-keys.ts'
import { createActivity, neverBusy } from './activity.ts'
import { callerIdentityService } from './caller-identity.ts'
import { type Clients, createClients } from './clients.ts'
import { createClock, type VirtualClock } from './clock.ts'
import { credentialsOf } from './credentials.ts'
import { createDynamo, createTables } from './dynamodb.ts'
import { createEventBus } from './event-bus/event-bus.ts'
import { type ShowPage, startFront } from './front.ts'
import { createAuthorizer } from './iam.ts'
import { nameInArn } from './identifiers.ts'
import { logGroupOf, logStreamOf } from './lambda/environment.ts'
import { createFunctionPool, type FunctionPool } from './lambda/function-pool.ts'
import { createLogLines } from './logs/lines.ts'
import { logsService } from './logs/service.ts'
import { type FunctionDeclaration, REGION } from './ports.ts'
import { createS3 } from './s3/service.ts'
import { createSageMaker, type TrainingJob } from './sagemaker/service.ts'
import { createSchedules, type Schedules } from './schedules.ts'
import { secretsService } from './secrets.ts'
import { demandPolling, mapEventSource } from './sqs/event-source.ts'
import { createQueues, type Queues } from './sqs/queues.ts'
import { sqsService } from './sqs/service.ts'
import { createStateMachines, type Execution } from './step-functions.ts'
import { createTargets } from './targets.ts'
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

/** As the operator has them. */
interface Stores {
  raw: ObjectStore
  lake: ObjectStore
  models: ObjectStore
  quarantine: ObjectStore
  registry: TableStore
  online: TableStore
}

export interface Cloud extends Stores {
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

/** The stores of the app as the operator has them. */
function openStores(declarations: Declarations, { s3, documents }: Clients): Stores {
  const objects = (bucket: string) => s3Store(nameIn(declarations, bucket), s3)
  const rows = (table: string) => dynamoTable(nameIn(declarations, table), documents)
  return {
    raw: objects('Raw'),
    lake: objects('Lake'),
    models: objects('Models'),
    quarantine: objects('Quarantine'),
    registry: rows('Registry'),
    online: rows('Online'),
  }
}

/** What is left where neither a retry nor a dead-letter queue helped. */
function createLosses() {
  const lost: string[] = []
  return {
    count: () => lost.length,
    onLost({ what, reason }: { what: string; reason: unknown }): void {
      lost.push(what)
      process.stderr.write(`lost on the way to ${what}: ${String(reason)}\n`)
    },
  }
}

/** Physical name of a construct right under its stack. */
function nameIn({ namesByPath }: Declarations, construct: string): string {
  const found = [...namesByPath].find(([path]) => path.split('/')[1] === construct)
  if (!found) throw new Error(`no stack has a construct ${construct}`)
  return found[1]
}

/** The dead-letter queues of those that deliver; queues name theirs themselves. */
const deadLetterArnsOf = ({ rules, schedules, functions }: Declarations): string[] =>
  [...rules.flatMap(({ targets }) => targets), ...schedules, ...functions].flatMap(
    ({ deadLetterArn }) => deadLetterArn ?? [],
  )

/**
 * Brings a synthesized app up on one machine: every bucket, table, queue, function, rule, schedule,
 * state machine and training image that its templates declare, behind one endpoint, with roles
 * enforced and time virtual. Throws with one sentence for what the local cloud does not know.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { root, startMs, seed, address, port, admitsAnyKey = false, isRealTime = false } = options
  const assembly = readAssembly(options.assembly)
  const declarations = readDeclarations(assembly)
  const authorize = createAuthorizer(declarations.roles)
  const functionOf = (name: string): FunctionDeclaration =>
    declarations.functions.find((each) => each.name === name)!
  for (const { functionName, queueArn } of declarations.eventSources)
    demandPolling(functionOf(functionName), queueArn, authorize)

  const logs = join(root, 'logs')
  mkdirSync(logs, { recursive: true })
  const activity = createActivity()
  const clock = createClock(startMs, isRealTime ? neverBusy : activity)
  const usage = createUsage()
  const losses = createLosses()
  const { onLost } = losses
  const lines = createLogLines([TRAINING_LOGS, ...declarations.functions.map(logGroupOf)], Date.now)
  const bus = createEventBus({ rules: declarations.rules, clock, activity, onLost })

  const { keyOf, callers } = issueKeys(declarations)
  const front = await startFront({
    resolveCaller: (key) => callers.get(key) ?? (admitsAnyKey ? OPERATOR : null),
    usage,
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
  })
  const { url } = front
  const clients = createClients(url)

  const queues = createQueues(declarations.queues, clock)
  const s3 = createS3({ root, buckets: declarations.buckets, clock, bus, authorize })
  const dynamo = createDynamo(authorize)
  const sagemaker = createSageMaker({
    images: assembly.images,
    folder: join(root, 'jobs'),
    logPath: join(logs, `${TRAINING_STAGE}.log`),
    printed: (job, chunk) => lines.append(TRAINING_LOGS, `${job}/algo-1`, chunk),
    clock,
    activity,
    bus,
    usage,
    authorize,
    s3Of: (roleArn) => clients.s3Of(keyOf(`role ${nameInArn(roleArn)}`)),
    environmentOf: () => ({ AWS_REGION: REGION }),
  })
  const functions = createFunctionPool({
    declarations: declarations.functions,
    endpointUrl: url,
    clock,
    activity,
    usage,
    logDirectory: logs,
    temporaryDirectory: join(root, 'tmp'),
    printed: (declaration, process, chunk) =>
      lines.append(logGroupOf(declaration), logStreamOf(process), chunk),
    credentials: (name) => credentialsOf(keyOf(name)),
    authorize,
    deadLetterOf: ({ deadLetterArn, role }) =>
      deadLetterArn ? resolve(deadLetterArn, role) : null,
    onLost,
  })
  const machines = createStateMachines({
    machines: declarations.stateMachines,
    invoker: functions,
    clock,
    activity,
    bus,
    authorize,
  })
  front.serve(
    [
      s3,
      dynamo,
      sqsService(queues, authorize),
      secretsService(declarations.secrets, seed, authorize),
      sagemaker,
      functions,
      machines,
      logsService(lines, authorize),
      callerIdentityService(),
    ],
    ({ stage }) => functions.requestArrived(stage),
  )
  await createTables(clients.dynamo, declarations.tables)

  const resolve = createTargets({ sqs: queues, lambda: functions, states: machines }, authorize)
  bus.connect(resolve)
  const sources = declarations.eventSources.map((declaration) =>
    mapEventSource({
      declaration,
      queue: queues.find(declaration.queueArn),
      invoker: functions,
      clock,
      activity,
    }),
  )
  const schedules = createSchedules({
    schedules: declarations.schedules,
    resolve,
    clock,
    activity,
    onLost,
  })

  async function end(): Promise<void> {
    for (const source of sources) source.close()
    schedules.close()
    await functions.close()
    await sagemaker.close()
    await front.close()
    await dynamo.close()
    clients.close()
  }
  let closing: Promise<void> | null = null
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
    underWay: activity.list,
    show: front.show,
    nameOf: (construct) => nameIn(declarations, construct),
    ...openStores(declarations, clients),
    async dropRaw(key, body, metadata) {
      const done = activity.begin(`drop ${key}`)
      try {
        await s3.put(nameIn(declarations, 'Raw'), key, body, metadata)
      } finally {
        done()
      }
    },
    executions: machines.executions,
    jobs: sagemaker.jobs,
    deadLetters: () => queues.deadLetters(deadLetterArnsOf(declarations)) + losses.count(),
    close: () => (closing ??= end()),
  }
}
