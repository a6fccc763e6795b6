import { z } from 'zod'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { type Lineage, readLineage } from './lineage.ts'
import { openRegistry } from './registry.ts'
import { readRequestSchema } from './request.ts'

const environment = parseEnvironment('lineage', process.env)
const configuration = readConfiguration(import.meta.dirname)
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())

const requestSchema = readRequestSchema.extend({
  version: z.string().optional(),
  limit: z.number().int().min(1).max(200).optional(),
})

/** How a version came to be and what stands beside it. Invoked by a person: `npm run lineage`. */
export async function handler(event: unknown): Promise<Lineage> {
  const { scene, ...request } = requestSchema.parse(event)
  sceneOf(configuration, scene)
  return readLineage(openRegistry(table, scene), request)
}
