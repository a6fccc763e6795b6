import { type RunState, runPlanSchema, runStateSchema } from '../contract/training.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { getJson } from '../core/objects.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { openRegistry } from '../registry/registry.ts'
import { advance } from './advance.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.advance, process.env)
const configuration = readConfiguration(import.meta.dirname)
const lake = s3Store(environment.LAKE_BUCKET, s3Client())
const documents = documentClient()
const registryTable = dynamoTable(environment.REGISTRY_TABLE, documents)
const online = dynamoTable(environment.ONLINE_TABLE, documents)
const log = stageLog(stages.advance, environment.METRICS_NAMESPACE)

/** Moves the scene's mark. Returns its input, for the next state. */
export async function handler(event: unknown): Promise<RunState> {
  const state = runStateSchema.parse(event)
  const { scene: name, planKey } = state
  log.follow(planKey)
  const { fold, closedThroughMs } = await getJson(lake, planKey, runPlanSchema)
  const excluded = await openRegistry(registryTable, name).exclusions()
  const scene = sceneOf(configuration, name)
  const isMoved = fold ? await advance(online, scene, fold, excluded) : false
  log.info('values advanced', { scene: name, closedThroughMs, isMoved })
  return state
}
