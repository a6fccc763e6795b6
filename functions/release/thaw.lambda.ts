import type { HoldRow } from '../contract/registry.ts'
import { holdRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { measureDecisions } from '../registry/measured-decisions.ts'
import { openRegistry } from '../registry/registry.ts'
import { thaw } from './freeze.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.thaw, process.env)
const configuration = readConfiguration(import.meta.dirname)
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const log = stageLog(stages.thaw, environment.METRICS_NAMESPACE)

/** Lets a tier or a chain run again. An operator's verb: `npm run thaw`. */
export async function handler(event: unknown): Promise<HoldRow> {
  const { scene, requestedTime, ...request } = holdRequestSchema.parse(event)
  sceneOf(configuration, scene)
  const timeMs = Date.parse(requestedTime)
  const hold = await thaw(measureDecisions(openRegistry(table, scene), scene, log), {
    ...request,
    timeMs,
  })
  log.warn('thawed by an operator', { scene, ...hold })
  return hold
}
