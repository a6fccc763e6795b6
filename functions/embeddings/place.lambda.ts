import { scheduledRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { cacheImmutable } from '../core/object-cache.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { forgetAgain } from './forget.ts'
import { visitKept } from './graph/read-events.ts'
import { mirrorSpaces } from './mirror-spaces.ts'
import { type PlacedCounts, placeScene } from './place.ts'
import * as stages from './stages.ts'
import { configuredStore } from './vector-index/stores/configured.ts'

const environment = parseEnvironment(stages.place, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = cacheImmutable(s3Store(environment.LAKE_BUCKET, client))
const models = s3Store(environment.MODELS_BUCKET, client)
const online = dynamoTable(environment.ONLINE_TABLE, documentClient())
/** The lake of a scene's closed files is read once while this process lives. */
const visitFiles = visitKept(lake)
const log = stageLog(stages.place, environment.METRICS_NAMESPACE)

/** Places the new items and users of the last closing in every space that is kept. Input: {scene, scheduledTime}. */
export async function handler(event: unknown): Promise<PlacedCounts> {
  const { scene: name, scheduledTime } = scheduledRequestSchema.parse(event)
  log.follow(scheduledTime, { scene: name })
  const scene = sceneOf(configuration, name)
  const scheduledMs = Date.parse(scheduledTime)
  const placed = await placeScene({ lake, models, online, scene, visitFiles }, scheduledMs)
  const { items, users, closedThroughMs } = placed
  if (closedThroughMs === null) {
    log.info('nothing to place newcomers in yet', { scene: name })
    return placed
  }
  const values = {
    ...{ ItemsPlaced: items, UsersPlaced: users },
    PlacementAge: (scheduledMs - closedThroughMs) / 1000,
  }
  log.measure('newcomers placed', { scene: name }, values, { ...placed })
  await forgetAgain({ models, online, scene: name }, scheduledMs)
  const store = scene.embeddings?.vectorStore
  if (store)
    await mirrorSpaces({ models, online, scene: name }, configuredStore(store, name, process.env))
  return placed
}
