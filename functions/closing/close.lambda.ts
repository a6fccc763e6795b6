import { type HourAccount, UNCLOSED_REASONS } from '../contract/accounts.ts'
import { closingAccountKey } from '../contract/keys.ts'
import { isoSeconds } from '../contract/time.ts'
import { runPlanSchema, taskRequestSchema } from '../contract/training.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { sumOf } from '../core/metrics.ts'
import { getJson } from '../core/objects.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { markStarted } from './carry.ts'
import { closeTask } from './close.ts'
import { closingTasks } from './cut.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.close, process.env)
const lake = s3Store(environment.LAKE_BUCKET, s3Client())
const log = stageLog(stages.close, environment.METRICS_NAMESPACE)

/** Closes one task of a run's plan: a batch of hours, or a shard of one hour. */
export async function handler(event: unknown): Promise<void> {
  const { planKey, piece } = taskRequestSchema.parse(event)
  log.follow(planKey, { piece })
  const plan = await getJson(lake, planKey, runPlanSchema)
  const task = closingTasks(plan.closingPieces)[piece]!
  await markStarted(lake, plan.closedThroughMs, task)
  const { scene, closedThroughMs, hours } = await closeTask(lake, task)
  const unclosed = hours.filter(({ excluded }) => UNCLOSED_REASONS.some((name) => excluded[name]))
  const account = closingAccountKey(scene, closedThroughMs, task.piece)
  for (const { hourMs, excluded } of unclosed)
    log.warn('hour excluded', { scene, hour: isoSeconds(hourMs), excluded, account })
  const total = (count: (hour: HourAccount) => number): number =>
    hours.reduce((sum, hour) => sum + count(hour), 0)
  const values = {
    EventsKept: total(({ kept }) => kept),
    EventsDuplicate: total(({ duplicates }) => duplicates),
    EventsExcluded: total(({ excluded }) => sumOf(excluded)),
    HoursExcluded: unclosed.length,
  }
  log.measure('hours closed', { scene }, values, { closedThroughMs, hours: hours.length })
}
