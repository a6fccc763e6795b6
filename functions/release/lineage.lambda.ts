import { lineageRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { type Lineage, readLineage } from './lineage.ts'
import { openRegistry } from './registry.ts'

const environment = parseEnvironment('lineage', process.env)
const configuration = readConfiguration(import.meta.dirname)
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())

/** How a version came to be and what stands beside it. Invoked by a person: `npm run lineage`. */
export async function handler(event: unknown): Promise<Lineage> {
  const { scene, ...request } = lineageRequestSchema.parse(event)
  sceneOf(configuration, scene)
  return readLineage(openRegistry(table, scene), request)
}
