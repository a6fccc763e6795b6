import { statementRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { openRegistry } from '../registry/registry.ts'
import { makeStatement, type StatementMade } from './make-statement.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.clear, process.env)
const configuration = readConfiguration(import.meta.dirname)
const lake = s3Store(environment.LAKE_BUCKET, s3Client())
const documents = documentClient()
const table = dynamoTable(environment.REGISTRY_TABLE, documents)
const online = dynamoTable(environment.ONLINE_TABLE, documents)
const log = stageLog(stages.clear, environment.METRICS_NAMESPACE)

/** Clears a user or an item. An operator's verb: `npm run clear`. */
export async function handler(event: unknown): Promise<StatementMade> {
  const request = statementRequestSchema.parse(event)
  const { scene: name, requestedTime, from: fromMs, through: throughMs, until: untilMs } = request
  const scene = sceneOf(configuration, name)
  const made = await makeStatement(
    { lake, online, registry: openRegistry(table, name) },
    scene,
    'clear',
    { ...request, timeMs: Date.parse(requestedTime), fromMs, throughMs, untilMs },
  )
  const { statement, madeMs } = made
  log.warn('cleared by an operator', { scene: name, ...statement, madeMs })
  return made
}
