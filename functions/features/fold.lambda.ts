import { runPlanSchema, taskRequestSchema } from '../contract/training.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { getJson } from '../core/objects.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { foldShard } from './fold.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.fold, process.env)
const configuration = readConfiguration(import.meta.dirname)
const lake = s3Store(environment.LAKE_BUCKET, s3Client())
const online = dynamoTable(environment.ONLINE_TABLE, documentClient())
const log = stageLog(stages.fold, environment.METRICS_NAMESPACE)

/** Folds one shard of a run's plan. */
export async function handler(event: unknown): Promise<void> {
  const { planKey, piece } = taskRequestSchema.parse(event)
  log.follow(planKey, { piece })
  const { scene, fold } = await getJson(lake, planKey, runPlanSchema)
  const ports = { lake, online, scene: sceneOf(configuration, scene) }
  const { rows, ...fields } = await foldShard(ports, fold!, piece)
  log.measure('values folded', { scene }, { RowsFolded: rows }, { ...fields })
}
