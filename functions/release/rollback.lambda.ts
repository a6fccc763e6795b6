import { rollbackRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { measureDecisions } from '../registry/measured-decisions.ts'
import { openRegistry } from '../registry/registry.ts'
import { type RolledBack, rollBack, type Withdrawn, withdrawTrial } from './rollback.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.rollback, process.env)
const configuration = readConfiguration(import.meta.dirname)
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const log = stageLog(stages.rollback, environment.METRICS_NAMESPACE)

/** Serves an earlier release again, or ends a trial. An operator's verb: `npm run rollback`. */
export async function handler(event: unknown): Promise<RolledBack | Withdrawn> {
  const { scene, reason, requestedTime, to, canary } = rollbackRequestSchema.parse(event)
  sceneOf(configuration, scene)
  log.follow(requestedTime, { scene })
  const registry = measureDecisions(openRegistry(table, scene), scene, log)
  const request = { reason, timeMs: Date.parse(requestedTime) }
  const rolledBack = canary
    ? await withdrawTrial(registry, request)
    : await rollBack(registry, { ...request, to })
  log.warn(canary ? 'trial withdrawn' : 'rolled back', { scene, ...rolledBack })
  return rolledBack
}
