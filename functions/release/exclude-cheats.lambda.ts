import { scheduledRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stepFunctions } from '../core/executions.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { measureDecisions } from '../registry/measured-decisions.ts'
import { openRegistry } from '../registry/registry.ts'
import type { Excluded } from './exclude.ts'
import { excludeServedCheats } from './exclude-cheats.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.excludeCheats, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = s3Store(environment.MODELS_BUCKET, client)
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const runs = stepFunctions(environment.RUN_FLOW)
const log = stageLog(stages.excludeCheats, environment.METRICS_NAMESPACE)

/** Excludes served intervals of which too much was a cheat. Input: {scene, scheduledTime}. */
export async function handler(event: unknown): Promise<Excluded[]> {
  const { scene: name, scheduledTime } = scheduledRequestSchema.parse(event)
  log.follow(scheduledTime, { scene: name })
  const registry = measureDecisions(openRegistry(table, name), name, log)
  const ports = { lake, models, registry, runs }
  const nowMs = Date.parse(scheduledTime)
  const excluded = await excludeServedCheats(ports, sceneOf(configuration, name), nowMs)
  log.info('served intervals compared with verdicts', { scene: name, excluded: excluded.length })
  for (const one of excluded) log.warn('interval with cheats excluded', { scene: name, ...one })
  return excluded
}
