import { explainRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { openRegistry } from '../registry/registry.ts'
import { type Explanation, explainRelease } from './explain.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.explain, process.env)
const configuration = readConfiguration(import.meta.dirname)
const models = s3Store(environment.MODELS_BUCKET, s3Client())
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const log = stageLog(stages.explain, environment.METRICS_NAMESPACE)

/** Explains a release: what it is, why, and on which data. An operator's verb: `npm run explain`. */
export async function handler(event: unknown): Promise<Explanation> {
  const { scene, sequence } = explainRequestSchema.parse(event)
  sceneOf(configuration, scene)
  log.info('release explained', { scene })
  return explainRelease(models, openRegistry(table, scene), sequence)
}
