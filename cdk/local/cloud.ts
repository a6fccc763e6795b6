import type { TableSize } from '../../functions/contract/summary.ts'
import { issueKeys, OPERATOR } from './access-keys.ts'
import { createClients } from './clients.ts'
import type { VirtualClock } from './clock.ts'
import { createTables } from './dynamodb.ts'
import type { ConnectableBus } from './event-bus/event-bus.ts'
import { type ShowPage, startFront } from './front.ts'
import type { FunctionPool } from './lambda/function-pool.ts'
import { measureTable } from './row-use.ts'
import type { TrainingJob } from './sagemaker/service.ts'
import { createSchedules, type Schedules } from './schedules.ts'
import { openServices, type Reach } from './services.ts'
import { createShared } from './shared.ts'
import { mapEventSource } from './sqs/event-source.ts'
import type { Queues } from './sqs/queues.ts'
import type { Execution } from './step-functions.ts'
import { nameIn, openStores, type Stores, TABLES } from './stores.ts'
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
  /** Whether any unknown access key acts as the operator. Otherwise it is refused. */
  admitsAnyKey?: boolean
  /** Whether time goes on during work, as on AWS. Otherwise it stands still. */
  isRealTime?: boolean
  processes?: Reach['processes']
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
  /** Rows and bytes of each table. */
  tableSizes(): Promise<Record<string, TableSize>>
  /** Kills all processes and frees the port. */
  close(): Promise<void>
}

/**
 * Starts a synthesized app on one machine: all buckets, tables, queues, functions, rules, schedules,
 * state machines and training images of its templates, behind one endpoint, with enforced roles and
 * virtual time. Throws one sentence for anything that the local cloud does not support.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { admitsAnyKey = false, isRealTime = false, seed, address, port, processes } = options
  const shared = createShared({ ...options, isRealTime })
  const { declarations, clock, activity, usage, logs, lines, bus } = shared
  const { keyOf, callers } = issueKeys(declarations)
  const front = await startFront({
    resolveCaller: (key) => callers.get(key) ?? (admitsAnyKey ? OPERATOR : null),
    usage,
    address,
    port,
  })
  const { url } = front
  const clients = createClients(url)
  const services = openServices(shared, { url, clients, keyOf, seed, processes })
  const { s3, dynamo, queues, sagemaker, functions, machines, resolve } = services
  front.serve(services.all, ({ stage }) => functions.requestArrived(stage))
  await createTables(clients.dynamo, declarations.tables)

  bus.connect(resolve)
  const sources = declarations.eventSources.map((declaration) =>
    mapEventSource({
      ...shared,
      declaration,
      queue: queues.find(declaration.queueArn),
      invoker: functions,
    }),
  )
  const schedules = createSchedules({ ...shared, schedules: declarations.schedules, resolve })

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
    deadLetters: () => queues.deadLetters(deadLetterArnsOf(declarations)) + shared.losses(),
    async tableSizes() {
      const sizes = TABLES.map(
        async (table) =>
          [
            table.toLowerCase(),
            await measureTable(clients.dynamo, nameIn(declarations, table)),
          ] as const,
      )
      return Object.fromEntries(await Promise.all(sizes))
    },
    close: () => (closing ??= end()),
  }
}
