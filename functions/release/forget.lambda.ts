import { forgetRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { openRegistry } from '../registry/registry.ts'
import { type Forgotten, forget } from './forget.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.forget, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = s3Store(environment.MODELS_BUCKET, client)
const documents = documentClient()
const table = dynamoTable(environment.REGISTRY_TABLE, documents)
const online = dynamoTable(environment.ONLINE_TABLE, documents)
const log = stageLog(stages.forget, environment.METRICS_NAMESPACE)

/** Takes a user out of the space. An operator's verb: `npm run forget`. */
export async function handler(event: unknown): Promise<Forgotten> {
  const { scene, requestedTime, user, reason } = forgetRequestSchema.parse(event)
  const forgotten = await forget(
    { lake, models, online, registry: openRegistry(table, scene) },
    sceneOf(configuration, scene),
    { user, reason, timeMs: Date.parse(requestedTime) },
  )
  const { rows, vectors } = forgotten
  log.warn('forgotten by an operator', { scene, user, reason, rows, vectors })
  return forgotten
}
