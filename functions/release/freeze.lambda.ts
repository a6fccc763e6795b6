import { z } from 'zod'
import type { HoldRow } from '../contract/registry.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { freeze } from './freeze.ts'
import { openRegistry } from './registry.ts'
import { writeRequestSchema } from './request.ts'

const environment = parseEnvironment('freeze', process.env)
const configuration = readConfiguration(import.meta.dirname)
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const log = stageLog('freeze')

const requestSchema = writeRequestSchema.extend({ subject: z.string() })

/** Has a tier or a chain rest. Invoked by a person: `npm run freeze`. */
export async function handler(event: unknown): Promise<HoldRow> {
  const { scene, requestedTime, ...request } = requestSchema.parse(event)
  sceneOf(configuration, scene)
  const timeMs = Date.parse(requestedTime)
  const hold = await freeze(openRegistry(table, scene), { ...request, timeMs })
  log.warn('frozen by a person', { scene, ...hold })
  return hold
}
