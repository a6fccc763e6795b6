import { issueKeys, OPERATOR } from './access-keys.ts'
import { createClients } from './clients.ts'
import type { VirtualClock } from './clock.ts'
import { createTables } from './dynamodb.ts'
import type { ConnectableBus } from './event-bus/event-bus.ts'
import { type ShowPage, startFront } from './front.ts'
import { layGround } from './ground.ts'
import type { FunctionPool } from './lambda/function-pool.ts'
import type { TrainingJob } from './sagemaker/service.ts'
import { createSchedules, type Schedules } from './schedules.ts'
import { openServices } from './services.ts'
import { mapEventSource } from './sqs/event-source.ts'
import type { Queues } from './sqs/queues.ts'
import type { Execution } from './step-functions.ts'
import { nameIn, openStores, type Stores } from './stores.ts'
import { type Declarations, deadLetterArnsOf } from './template/declarations.ts'
import type { Usage } from './usage.ts'

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

export interface Cloud extends Stores {
  url: string
  /** Folder of a log file a stage. */
  logs: string
  clock: VirtualClock
  usage: Usage
  declarations: Declarations
  functions: FunctionPool
  bus: ConnectableBus
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

/**
 * Brings a synthesized app up on one machine: every bucket, table, queue, function, rule, schedule,
 * state machine and training image that its templates declare, behind one endpoint, with roles
 * enforced and time virtual. Throws with one sentence for what the local cloud does not know.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { admitsAnyKey = false, isRealTime = false, seed, address, port } = options
  const ground = layGround({ ...options, isRealTime })
  const { declarations, clock, activity, usage, logs, lines, bus } = ground
  const { keyOf, callers } = issueKeys(declarations)
  const front = await startFront({
    resolveCaller: (key) => callers.get(key) ?? (admitsAnyKey ? OPERATOR : null),
    usage,
    address,
    port,
  })
  const { url } = front
  const clients = createClients(url)
  const services = openServices(ground, { url, clients, keyOf, seed })
  const { s3, dynamo, queues, sagemaker, functions, machines, resolve } = services
  front.serve(services.all, ({ stage }) => functions.requestArrived(stage))
  await createTables(clients.dynamo, declarations.tables)

  bus.connect(resolve)
  const sources = declarations.eventSources.map((declaration) =>
    mapEventSource({
      ...ground,
      declaration,
      queue: queues.find(declaration.queueArn),
      invoker: functions,
    }),
  )
  const schedules = createSchedules({ ...ground, schedules: declarations.schedules, resolve })

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
    bus,
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
    deadLetters: () => queues.deadLetters(deadLetterArnsOf(declarations)) + ground.losses(),
    close: () => (closing ??= end()),
  }
}
