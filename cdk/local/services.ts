import { join } from 'node:path'
import { TRAINING_STAGE } from './access-keys.ts'
import { callerIdentityService } from './caller-identity.ts'
import type { Clients } from './clients.ts'
import { credentialsOf } from './credentials.ts'
import { createDynamo } from './dynamodb.ts'
import { nameInArn } from './identifiers.ts'
import { logGroupOf, logStreamOf } from './lambda/environment.ts'
import { createFunctionPool } from './lambda/function-pool.ts'
import type { startFunctionProcess } from './lambda/function-process.ts'
import { logsService } from './logs/service.ts'
import { REGION, type Service } from './ports.ts'
import { createS3 } from './s3/service.ts'
import { createSageMaker } from './sagemaker/service.ts'
import { secretsService } from './secrets.ts'
import { type Shared, TRAINING_LOGS } from './shared.ts'
import { createQueues } from './sqs/queues.ts'
import { sqsService } from './sqs/service.ts'
import { createStateMachines } from './step-functions.ts'
import { nameIn, TABLES } from './stores.ts'
import { createTargets } from './targets.ts'

/** Where the services are reached, by whose keys, and from which seed their secrets are made. */
export interface Reach {
  url: string
  clients: Clients
  keyOf: (holder: string) => string
  seed: number
  /** By which endpoint functions reach the cloud, and how their processes start; else its own, and new ones. */
  processes?: { endpointUrl: string; start: typeof startFunctionProcess } | undefined
}

/** Every service of the cloud, and how deliveries reach those that take them. */
export function openServices(base: Shared, { url, clients, keyOf, seed, processes }: Reach) {
  const { assembly, declarations, root, logs, lines, ...shared } = base
  const { clock, authorize } = shared
  const queues = createQueues(declarations.queues, clock)
  const s3 = createS3({ ...shared, root, buckets: declarations.buckets })
  const tables = new Map(TABLES.map((table) => [nameIn(declarations, table), table.toLowerCase()]))
  const dynamo = createDynamo(authorize, ({ stage }, table, use) =>
    shared.usage.rows(stage, tables.get(table) ?? table, use),
  )
  const sagemaker = createSageMaker({
    ...shared,
    images: assembly.images,
    folder: join(root, 'jobs'),
    logPath: join(logs, `${TRAINING_STAGE}.log`),
    printed: (job, chunk) => lines.append(TRAINING_LOGS, `${job}/algo-1`, chunk),
    s3Of: (roleArn) => clients.s3Of(keyOf(`role ${nameInArn(roleArn)}`)),
    environmentOf: () => ({ AWS_REGION: REGION }),
  })
  const functions = createFunctionPool({
    ...shared,
    declarations: declarations.functions,
    endpointUrl: processes?.endpointUrl ?? url,
    startProcess: processes?.start,
    logDirectory: logs,
    temporaryDirectory: join(root, 'tmp'),
    printed: (declaration, process, chunk) =>
      lines.append(logGroupOf(declaration), logStreamOf(process), chunk),
    credentials: (name) => credentialsOf(keyOf(name)),
    deadLetterOf: ({ deadLetterArn, role }) =>
      deadLetterArn ? resolve(deadLetterArn, role) : null,
  })
  const machines = createStateMachines({
    ...shared,
    machines: declarations.stateMachines,
    invoker: functions,
  })
  const resolve = createTargets({ sqs: queues, lambda: functions, states: machines }, authorize)
  const all: Service[] = [
    s3,
    dynamo,
    sqsService(queues, authorize),
    secretsService(declarations.secrets, seed, authorize),
    sagemaker,
    functions,
    machines,
    logsService(lines, authorize),
    callerIdentityService(),
  ]
  return { all, s3, dynamo, queues, sagemaker, functions, machines, resolve }
}
