import { lineageRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { openRegistry } from '../registry/registry.ts'
import { type Lineage, readLineage } from './lineage.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.lineage, process.env)
const configuration = readConfiguration(import.meta.dirname)
const table = dynamoTable(environment.REGISTRY_TABLE, documentClient())
const log = stageLog(stages.lineage, environment.METRICS_NAMESPACE)

/** Shows the lineage of a version. An operator's verb: `npm run lineage`. */
export async function handler(event: unknown): Promise<Lineage> {
  const { scene, ...request } = lineageRequestSchema.parse(event)
  sceneOf(configuration, scene)
  log.info('lineage read', { scene })
  return readLineage(openRegistry(table, scene), request)
}
