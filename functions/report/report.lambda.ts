import { reportKey } from '../contract/keys.ts'
import { scheduledRequestSchema } from '../contract/requests.ts'
import { DAY_MS } from '../contract/time.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { collectFindings } from './collect.ts'
import { renderPage } from './page.ts'
import { compareContamination } from './poison.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.report, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = s3Store(environment.MODELS_BUCKET, client)
const documents = documentClient()
const registry = dynamoTable(environment.REGISTRY_TABLE, documents)
const online = dynamoTable(environment.ONLINE_TABLE, documents)
const log = stageLog(stages.report, environment.METRICS_NAMESPACE)

/**
 * How far back a page reads accounts. There are many drops, and each is one object. The lineage is
 * always whole.
 */
const HOURS_LOOKBACK_DAYS = 35
const DROPS_LOOKBACK_DAYS = 2
/**
 * Writes one scene's page to the models bucket. Input: {scene, scheduledTime} from the scheduler.
 */
export async function handler(event: unknown): Promise<{ key: string }> {
  const { scene, scheduledTime } = scheduledRequestSchema.parse(event)
  log.follow(scheduledTime, { scene })
  const nowMs = Date.parse(scheduledTime)
  const findings = await collectFindings({ lake, models, registry, online }, [scene], {
    dropsMs: nowMs - DROPS_LOOKBACK_DAYS * DAY_MS,
    hoursMs: nowMs - HOURS_LOOKBACK_DAYS * DAY_MS,
  })
  const key = reportKey(scene)
  const configurations = [sceneOf(configuration, scene)]
  const poison = compareContamination(findings, configurations)
  const page = renderPage(findings, { poison, configurations, nowMs })
  await models.put(key, page, 'text/html; charset=utf-8')
  log.info('report drawn', { scene, key, versions: findings.versions.length })
  return { key }
}
