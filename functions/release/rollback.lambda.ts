import { rollbackRequestSchema } from '../contract/requests.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { measureDecisions } from './measured-decisions.ts'
import { openRegistry } from './registry.ts'
import { type RolledBack, rollBack } from './rollback.ts'

const environment = parseEnvironment('rollback', process.env)
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const log = stageLog('rollback', environment.METRICS_NAMESPACE)

/** Serves an earlier release again. Invoked by a person: `npm run rollback`. */
export async function handler(event: unknown): Promise<RolledBack> {
  const { scene, reason, requestedTime, to } = rollbackRequestSchema.parse(event)
  const request = { reason, timeMs: Date.parse(requestedTime), to }
  log.follow(requestedTime, { scene })
  const registry = measureDecisions(openRegistry(table, scene), scene, log)
  const rolledBack = await rollBack(registry, request)
  log.warn('rolled back', { scene, ...rolledBack })
  return rolledBack
}
