import { equalPercent, excusedPercent, totalParity } from '../contract/parity.ts'
import { scheduledRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { cacheImmutable } from '../core/object-cache.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { createCounterCache } from '../samples/counter-cache.ts'
import { compareServed } from './parity.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.parity, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = cacheImmutable(s3Store(environment.LAKE_BUCKET, client))
const counters = createCounterCache(lake)
const models = s3Store(environment.MODELS_BUCKET, client)
const registry = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const log = stageLog(stages.parity, environment.METRICS_NAMESPACE)

/** Compares the served cells of one hour. Input: {scene, scheduledTime} from the scheduler. */
export async function handler(event: unknown): Promise<{ values: number }> {
  const { scene: name, scheduledTime } = scheduledRequestSchema.parse(event)
  log.follow(scheduledTime, { scene: name })
  const scene = sceneOf(configuration, name)
  const ports = { lake, models, registry, counters }
  const compared = await compareServed(ports, scene, Date.parse(scheduledTime))
  if (compared === null) {
    log.info('no cells were served')
    return { values: 0 }
  }
  const { account, key } = compared
  const total = totalParity(account.features)
  const equal = equalPercent(total)
  const excused = excusedPercent(total)
  log.measure(
    'served cells compared',
    { scene: name },
    {
      ParityValues: total.values,
      ParityLateValues: total.late,
      ...(equal === null ? {} : { ParityEqualShare: equal }),
      ...(excused === null ? {} : { ParityExcusedShare: excused }),
    },
    { key, rows: account.rows, unknownRelease: account.unknownRelease },
  )
  return { values: total.values }
}
