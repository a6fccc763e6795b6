import { excludeRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stepFunctions } from '../core/executions.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { measureDecisions } from '../registry/measured-decisions.ts'
import { openRegistry } from '../registry/registry.ts'
import { type Excluded, exclude } from './exclude.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.exclude, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = s3Store(environment.MODELS_BUCKET, client)
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const runs = stepFunctions(environment.RUN_FLOW)
const log = stageLog(stages.exclude, environment.METRICS_NAMESPACE)

/** Excludes an interval from training and regrows the lineage. An operator's verb: `npm run exclude`. */
export async function handler(event: unknown): Promise<Excluded> {
  const { scene: name, reason, requestedTime, from, through } = excludeRequestSchema.parse(event)
  const scene = sceneOf(configuration, name)
  const ports = {
    lake,
    models,
    registry: measureDecisions(openRegistry(table, name), name, log),
    runs,
  }
  const timeMs = Date.parse(requestedTime)
  const excluded = await exclude(ports, scene, { reason, timeMs, fromMs: from, throughMs: through })
  log.warn('interval excluded', { scene: name, ...excluded })
  return excluded
}
