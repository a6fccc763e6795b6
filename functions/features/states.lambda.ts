import { runPlanSchema, taskRequestSchema } from '../contract/training.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { getJson } from '../core/objects.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import * as stages from './stages.ts'
import { writeStates } from './states.ts'

const environment = parseEnvironment(stages.states, process.env)
const lake = s3Store(environment.LAKE_BUCKET, s3Client())
const log = stageLog(stages.states, environment.METRICS_NAMESPACE)

/** Writes the states of one task of a closing, this one or an earlier one. */
export async function handler(event: unknown): Promise<void> {
  const { planKey, piece } = taskRequestSchema.parse(event)
  log.follow(planKey, { piece })
  const { scene, fold } = await getJson(lake, planKey, runPlanSchema)
  const task = fold!.states[piece]!
  const events = await writeStates(lake, scene, fold!.series, task)
  log.info('states written', { scene, ...task, events })
}
