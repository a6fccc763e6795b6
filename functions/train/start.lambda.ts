import { z } from 'zod'
import { restartRequestSchema } from '../contract/requests.ts'
import { runStateSchema } from '../contract/training.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { sageMakerJobs } from '../core/training-jobs.ts'
import { measureDecisions } from '../registry/measured-decisions.ts'
import { openRegistry } from '../registry/registry.ts'
import { type Restarted, restartTraining } from './restart.ts'
import * as stages from './stages.ts'
import { type Started, startTraining } from './start.ts'

const environment = parseEnvironment(stages.start, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = s3Store(environment.MODELS_BUCKET, client)
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const jobs = sageMakerJobs()
const log = stageLog(stages.start, environment.METRICS_NAMESPACE)
const place = {
  modelsBucket: environment.MODELS_BUCKET,
  modelsKey: environment.MODELS_KEY,
  image: environment.TRAINING_IMAGE,
  role: environment.TRAINING_ROLE,
}

const requestSchema = z.union([restartRequestSchema, runStateSchema])

/**
 * Starts the training job of a run, or records why there is none. It also starts an interrupted job
 * again. Input: RunState, or the output of `evaluate` for an interrupted job.
 */
export async function handler(event: unknown): Promise<Started | Restarted> {
  const state = requestSchema.parse(event)
  if ('verdict' in state) {
    log.follow(state.version, { jobName: state.jobName })
    const restarted = await restartTraining(openRegistry(table, state.scene), jobs, state)
    log.info('training started again', { ...restarted })
    return restarted
  }
  log.follow(state.planKey)
  const registry = measureDecisions(openRegistry(table, state.scene), state.scene, log)
  const trainer = environment.TRAINER_DIGEST
  const ports = { lake, models, registry, jobs, place, trainer }
  const started = await startTraining(ports, sceneOf(configuration, state.scene), state)
  log.info('run started', { ...started })
  return started
}
