import type { HoldRow } from '../contract/registry.ts'
import { holdRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { measureDecisions } from '../registry/measured-decisions.ts'
import { openRegistry } from '../registry/registry.ts'
import { freeze } from './freeze.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.freeze, process.env)
const configuration = readConfiguration(import.meta.dirname)
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const log = stageLog(stages.freeze, environment.METRICS_NAMESPACE)

/** Stops the runs of a tier or a chain. An operator's verb: `npm run freeze`. */
export async function handler(event: unknown): Promise<HoldRow> {
  const { scene, requestedTime, ...request } = holdRequestSchema.parse(event)
  sceneOf(configuration, scene)
  const timeMs = Date.parse(requestedTime)
  const hold = await freeze(measureDecisions(openRegistry(table, scene), scene, log), {
    ...request,
    timeMs,
  })
  log.warn('frozen by an operator', { scene, ...hold })
  return hold
}
