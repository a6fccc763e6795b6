import { parseTrainingJobName, parseVersionId } from '../contract/keys.ts'
import type { MetricOf } from '../contract/stage.ts'
import { jobEventSchema } from '../contract/training.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { cacheImmutable } from '../core/object-cache.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { measureDecisions } from '../registry/measured-decisions.ts'
import { openRegistry } from '../registry/registry.ts'
import { evaluateJob, type Judgement } from './evaluate.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.evaluate, process.env)
const configuration = readConfiguration(import.meta.dirname)
const models = cacheImmutable(s3Store(environment.MODELS_BUCKET, s3Client()))
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const log = stageLog(stages.evaluate, environment.METRICS_NAMESPACE)

const METRIC_OF: Record<Judgement['verdict'], MetricOf<typeof stages.evaluate> | null> = {
  accepted: 'VersionsAccepted',
  promoted: 'VersionsAccepted',
  refused: 'VersionsRefused',
  relapsed: 'VersionsRelapsed',
  withdrawn: 'VersionsRelapsed',
  failed: 'VersionsFailed',
  interrupted: null,
  ignored: null,
}

/** Judges a training job that has ended. Input: SageMaker's state-change event. */
export async function handler(event: unknown): Promise<Judgement> {
  const job = jobEventSchema.parse(event)
  const { TrainingJobName: jobName } = job.detail
  log.follow(parseTrainingJobName(jobName)?.version ?? jobName, { jobName })
  const judgement = await evaluateJob(
    models,
    (scene) => measureDecisions(openRegistry(table, scene), scene, log),
    (scene) => sceneOf(configuration, scene),
    job,
  )
  const { verdict, scene, version } = judgement
  const metric = METRIC_OF[verdict]
  const tier = parseVersionId(version)?.tier
  if (metric && tier) log.measure('job judged', { scene, tier }, { [metric]: 1 }, { ...judgement })
  else log.info('job judged', { ...judgement })
  return judgement
}
