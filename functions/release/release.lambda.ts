import { releaseRequestSchema } from '../contract/requests.ts'
import { isoSeconds } from '../contract/time.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { measureDecisions } from '../registry/measured-decisions.ts'
import { openRegistry } from '../registry/registry.ts'
import { fallBack } from './fall-back.ts'
import { partsOfScene, VERSION_PARTS } from './parts/list.ts'
import { type Released, releaseVersion } from './release.ts'
import * as stages from './stages.ts'
import { withdraw } from './withdraw.ts'

const environment = parseEnvironment(stages.release, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = s3Store(environment.MODELS_BUCKET, client)
const documents = documentClient()
const registryTable = dynamoTable(environment.REGISTRY_TABLE, documents)
const online = dynamoTable(environment.ONLINE_TABLE, documents)
const log = stageLog(stages.release, environment.METRICS_NAMESPACE)

/** What was done, and the input of the run that regrows the hourly chain where `next` asks for one. */
type Answer = Released & { scene: string; tier: 'hourly'; scheduledTime: string }

/** Carries out a judgement: a release, a promotion, a fall back to the base, or a withdrawal. */
export async function handler(event: unknown): Promise<Answer> {
  const { verdict, scene: name, version, timeMs, reason } = releaseRequestSchema.parse(event)
  const scene = sceneOf(configuration, name)
  log.follow(version)
  const registry = measureDecisions(openRegistry(registryTable, name), name, log)
  const stores = { models, registry, scene, lake, online, log: log.info }
  const released =
    verdict === 'relapsed'
      ? await fallBack({ registry, stores, parts: VERSION_PARTS }, version, reason, timeMs)
      : verdict === 'withdrawn'
        ? await withdraw(registry, version, reason, timeMs)
        : await releaseVersion(
            { registry, stores, parts: partsOfScene(scene) },
            scene,
            version,
            timeMs,
            verdict === 'promoted',
          )
  log.info('judgement carried out', { scene: name, verdict, ...released })
  return { ...released, scene: name, tier: 'hourly', scheduledTime: isoSeconds(timeMs) }
}
