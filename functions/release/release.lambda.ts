import { z } from 'zod'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { digestOf } from '../core/digest.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { publishCounts } from './online.ts'
import { openRegistry } from './registry.ts'
import { type Released, releaseVersion } from './release.ts'

const environment = parseEnvironment('release', process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = s3Store(environment.MODELS_BUCKET, client)
const documents = documentClient()
const registryTable = dynamoTable(environment.REGISTRY_TABLE, documents)
const online = dynamoTable(environment.ONLINE_TABLE, documents)
const log = stageLog('release')

const requestSchema = z.object({ scene: z.string(), version: z.string(), timeMs: z.number().int() })

/** Releases an accepted version. Input: the judgement. */
export async function handler(event: unknown): Promise<Released> {
  const { scene: name, version, timeMs } = requestSchema.parse(event)
  const scene = sceneOf(configuration, name)
  const registry = openRegistry(registryTable, name)
  const released = await releaseVersion(
    models,
    registry,
    version,
    async (row, sinceMs) => {
      const interval = { sinceMs, throughMs: row.closedThroughMs }
      const rows = await publishCounts(lake, online, scene, interval, timeMs)
      log.info('counts published', { scene: name, rows })
      return { featureGeneration: digestOf(scene.features) }
    },
    timeMs,
  )
  log.info('version released', { scene: name, ...released })
  return released
}
