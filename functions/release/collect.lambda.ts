import { scheduledRequestSchema } from '../contract/requests.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { openRegistry } from '../registry/registry.ts'
import { type Collected, collectReleases } from './collect.ts'
import { PARTS } from './parts/list.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.collect, process.env)
const models = s3Store(environment.MODELS_BUCKET, s3Client())
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const log = stageLog(stages.collect, environment.METRICS_NAMESPACE)

/** Deletes files that no release or run needs any more. Input: the schedule's {scene, scheduledTime}. */
export async function handler(event: unknown): Promise<Collected> {
  const { scene, scheduledTime } = scheduledRequestSchema.parse(event)
  const registry = openRegistry(table, scene)
  const ports = { models, registry, parts: PARTS }
  const collected = await collectReleases(ports, scene, Date.parse(scheduledTime))
  const { versions, objects, bytes, waitsFor } = collected
  if (waitsFor === null)
    log.info('releases collected', { scene, versions: versions.length, objects, bytes })
  else log.warn('collection skipped until its next time', { scene, waitsFor })
  return collected
}
