import { promoteRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { measureDecisions } from '../registry/measured-decisions.ts'
import { openRegistry } from '../registry/registry.ts'
import { VERSION_PARTS } from './parts/list.ts'
import { type Promoted, promote } from './promote.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.promote, process.env)
const configuration = readConfiguration(import.meta.dirname)
const models = s3Store(environment.MODELS_BUCKET, s3Client())
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const log = stageLog(stages.promote, environment.METRICS_NAMESPACE)

/** Serves the canary or a given version to all users. An operator's verb: `npm run promote`. */
export async function handler(event: unknown): Promise<Promoted> {
  const { scene, requestedTime, ...request } = promoteRequestSchema.parse(event)
  sceneOf(configuration, scene)
  const registry = measureDecisions(openRegistry(table, scene), scene, log)
  const timeMs = Date.parse(requestedTime)
  const ports = { registry, parts: VERSION_PARTS, stores: { models, registry } }
  const promoted = await promote(ports, { ...request, timeMs })
  log.warn('promoted by an operator', { scene, ...promoted })
  return promoted
}
