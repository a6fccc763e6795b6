import { embedRequestSchema } from '../contract/embedding-run.ts'
import { parseSpaceJobName } from '../contract/keys.ts'
import { SPACE_PART } from '../contract/part.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { InvalidInput } from '../core/errors.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { sageMakerJobs } from '../core/training-jobs.ts'
import { releasedGenerations } from '../registry/generations.ts'
import { openRegistry } from '../registry/registry.ts'
import { type Embedded, embedScene } from './embed.ts'
import { keepSpaces } from './keep-spaces.ts'
import { measuredValues } from './measured-values.ts'
import { mirrorSpaces } from './mirror-spaces.ts'
import { findServedLinks } from './served-links.ts'
import * as stages from './stages.ts'
import { trainGeneration } from './train.ts'
import { configuredStore } from './vector-index/stores/configured.ts'

const environment = parseEnvironment(stages.embed, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = s3Store(environment.MODELS_BUCKET, client)
const documents = documentClient()
const table = dynamoTable(environment.REGISTRY_TABLE, documents)
const online = dynamoTable(environment.ONLINE_TABLE, documents)
const log = stageLog(stages.embed, environment.METRICS_NAMESPACE)
const codeDigest = environment.CODE_DIGEST
const trainPorts = {
  ...{ models, jobs: sageMakerJobs(), codeDigest },
  hasSpaceTask: environment.SPACE_TASK === 'deployed',
  place: {
    ...{ modelsBucket: environment.MODELS_BUCKET, modelsKey: environment.MODELS_KEY },
    ...{ image: environment.TRAINING_IMAGE, role: environment.SPACE_TRAINING_ROLE },
  },
}

/** The scene and time of a request: the schedule's, or those of a job's end. Throws InvalidInput for another job. */
function readRequest(event: unknown): { name: string; time: string } {
  const request = embedRequestSchema.parse(event)
  if ('scene' in request) return { name: request.scene, time: request.scheduledTime }
  const { TrainingJobName: jobName } = request.detail
  const job = parseSpaceJobName(jobName)
  if (!job) throw new InvalidInput(`${jobName}: expected the name of a job that trains a space`)
  return { name: job.scene, time: request.time }
}

/** Trains a scene's space again if that is due. Input: {scene, scheduledTime}, or SageMaker's event. */
export async function handler(event: unknown): Promise<Omit<Embedded, 'figures'>> {
  const { name, time } = readRequest(event)
  log.follow(time, { scene: name })
  const scene = sceneOf(configuration, name)
  const registry = openRegistry(table, name)
  const train = trainGeneration.bind(null, trainPorts)
  const linksAt = findServedLinks.bind(null, { models, registry, scene: name })
  const ports = { lake, models, online, scene, codeDigest, train, linksAt }
  const nowMs = Date.parse(time)
  const released = await releasedGenerations(registry, SPACE_PART)
  const { figures, ...embedded } = await embedScene(ports, nowMs, released)
  log.measure('space trained', { scene: name }, measuredValues(embedded, figures), { ...embedded })
  log.info('spaces kept', { ...(await keepSpaces({ models, online, registry, scene }, nowMs)) })
  const store = scene.embeddings?.vectorStore
  if (store)
    await mirrorSpaces({ models, online, scene: name }, configuredStore(store, name, process.env))
  return embedded
}
