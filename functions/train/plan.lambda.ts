import { type RunState, runRequestSchema } from '../contract/training.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { openRegistry } from '../release/registry.ts'
import { planRun } from './load.ts'

const environment = parseEnvironment('plan', process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = s3Store(environment.MODELS_BUCKET, client)
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const log = stageLog('plan')

/** Decides a run. Input: the scheduler's {scene, tier, scheduledTime}; output: RunState. */
export async function handler(event: unknown): Promise<RunState> {
  const request = runRequestSchema.parse(event)
  const scene = sceneOf(configuration, request.scene)
  const ports = { lake, models, registry: openRegistry(table, request.scene) }
  const state = await planRun(ports, scene, request, {
    samples: environment.SAMPLES_DIGEST,
    trainer: environment.TRAINER_DIGEST,
  })
  log.info('run planned', {
    scene: state.scene,
    tier: state.tier,
    planKey: state.planKey,
    skip: state.skip,
    closingPieces: state.closingPieces.length,
    samplePieces: state.samplePieces.length,
  })
  return state
}
