import type { EraseAnswer, Erasing } from '../contract/erase.ts'
import { eraseRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { openOnce } from '../core/open-once.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { dynamoScan } from '../core/scan-table.ts'
import { secretReader } from '../core/secrets.ts'
import { eraseInScenes } from './erase-scenes.ts'
import * as stages from './stages.ts'
import type { ErasePorts } from './step.ts'

const environment = parseEnvironment(stages.erase, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const documents = documentClient()
const ports: ErasePorts = {
  lake: s3Store(environment.LAKE_BUCKET, client),
  models: s3Store(environment.MODELS_BUCKET, client),
  online: dynamoTable(environment.ONLINE_TABLE, documents),
  onlineRows: dynamoScan(environment.ONLINE_TABLE, documents),
  registry: dynamoTable(environment.REGISTRY_TABLE, documents),
  registryRows: dynamoScan(environment.REGISTRY_TABLE, documents),
}
const readSecret = secretReader()
const readKey = openOnce(() => readSecret(environment.IDENTITY_SECRET))
const retentions = {
  rawDays: Number(environment.RAW_RETENTION_DAYS),
  quarantineDays: Number(environment.QUARANTINE_RETENTION_DAYS),
}
const log = stageLog(stages.erase, environment.METRICS_NAMESPACE)

/** An erasure is named by its digest: the log has neither the id nor the hash. */
function logErasing({ scene, erasure, status, step, removed, scanned, leftovers }: Erasing): void {
  const fields = { erasure, status, step, removed, scanned }
  if (status === 'running') log.info('erasing', { scene, ...fields })
  else log.measure('erased', { scene }, { ErasureLeftovers: leftovers.count }, fields)
}

/** Removes a person, as far as the budget of one call goes. An operator's verb: `npm run erase`. */
export async function handler(event: unknown): Promise<EraseAnswer> {
  const request = eraseRequestSchema.parse(event)
  const all = Object.keys(configuration.scenes)
  const scenes = request.scene === undefined ? all : [sceneOf(configuration, request.scene).scene]
  const answer = await eraseInScenes(ports, scenes, request, await readKey(), retentions)
  answer.scenes.forEach(logErasing)
  return answer
}
