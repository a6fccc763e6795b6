import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { openRegistry } from '../release/registry.ts'
import { evaluateJob, type Judgement, jobEventSchema } from './evaluate.ts'

const environment = parseEnvironment('evaluate', process.env)
const configuration = readConfiguration(import.meta.dirname)
const models = s3Store(environment.MODELS_BUCKET, s3Client())
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const log = stageLog('evaluate')

/** Judges a training job that has ended. Input: SageMaker's state-change event. */
export async function handler(event: unknown): Promise<Judgement> {
  const judgement = await evaluateJob(
    models,
    (scene) => openRegistry(table, scene),
    (scene) => sceneOf(configuration, scene),
    jobEventSchema.parse(event),
  )
  log.info('job judged', { ...judgement })
  return judgement
}
