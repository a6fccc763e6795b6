import { featuresRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { openRegistry } from '../registry/registry.ts'
import type { FeatureLine } from './list-features.ts'
import { loadFeatures } from './load-features.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.features, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = s3Store(environment.MODELS_BUCKET, client)
const tables = documentClient()
const registryTable = dynamoTable(environment.REGISTRY_TABLE, tables)
const online = dynamoTable(environment.ONLINE_TABLE, tables)
const log = stageLog(stages.features, environment.METRICS_NAMESPACE)

/** Lists the features of a scene. An operator's verb: `npm run features`. */
export async function handler(event: unknown): Promise<{ features: FeatureLine[] }> {
  const request = featuresRequestSchema.parse(event)
  const scene = sceneOf(configuration, request.scene)
  const registry = openRegistry(registryTable, request.scene)
  const nowMs = Date.parse(request.requestedTime)
  const features = await loadFeatures({ lake, models, registry, online }, scene, nowMs)
  log.info('features listed', { scene: request.scene, features: features.length })
  return { features }
}
