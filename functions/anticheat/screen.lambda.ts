import { runPlanSchema, taskRequestSchema } from '../contract/training.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { sumOf } from '../core/metrics.ts'
import { getJson } from '../core/objects.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { screenShard } from './screen.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.screen, process.env)
const configuration = readConfiguration(import.meta.dirname)
const lake = s3Store(environment.LAKE_BUCKET, s3Client())
const log = stageLog(stages.screen, environment.METRICS_NAMESPACE)

/** Screens one shard of a run's plan. */
export async function handler(event: unknown): Promise<void> {
  const { planKey, piece } = taskRequestSchema.parse(event)
  log.follow(planKey, { piece })
  const { scene, screen } = await getJson(lake, planKey, runPlanSchema)
  const { events, findings } = await screenShard(
    lake,
    sceneOf(configuration, scene),
    screen!,
    piece,
  )
  const values = { EventsScreened: events, Findings: sumOf(findings) }
  log.measure('events screened', { scene }, values, { findings, reason: screen!.reason })
}
