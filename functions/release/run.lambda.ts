import { startRunRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stepFunctions } from '../core/executions.ts'
import { stageLog } from '../core/log.ts'
import * as stages from './stages.ts'
import { type RunStarted, startRun } from './start-run.ts'

const environment = parseEnvironment(stages.run, process.env)
const configuration = readConfiguration(import.meta.dirname)
const runs = stepFunctions(environment.RUN_FLOW)
const log = stageLog(stages.run, environment.METRICS_NAMESPACE)

/** Starts a run of a tier now. An operator's verb: `npm run run-tier`. */
export async function handler(event: unknown): Promise<RunStarted> {
  const { scene, tier, requestedTime } = startRunRequestSchema.parse(event)
  const started = await startRun(
    runs,
    sceneOf(configuration, scene),
    tier,
    Date.parse(requestedTime),
  )
  log.info('run started by an operator', { scene, ...started })
  return started
}
