import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { readConfiguration } from '../core/configuration.ts'
import { sqsClient, sqsDeadLetters } from '../core/dead-letters.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { readBatch } from '../core/read-batch.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { readManifestMessage } from '../intake/drop.ts'
import { mirrorDrop } from './mirror-drop.ts'
import { roleServer } from './opensearch/role-server.ts'
import type { SearchServer } from './opensearch/server.ts'
import { addressOf, type ServerAddress } from './opensearch/server-address.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.mirrorDrop, process.env)
const { scenes } = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = s3Store(environment.MODELS_BUCKET, client)
const online = dynamoTable(environment.ONLINE_TABLE, documentClient())
const failed = sqsDeadLetters(environment.FAILED_MIRRORS, sqsClient())
const log = stageLog(stages.mirrorDrop, environment.METRICS_NAMESPACE)

const servers = new Map<string, SearchServer>()

function serverAt(address: ServerAddress): SearchServer {
  const server = servers.get(address.endpoint) ?? roleServer(address, process.env)
  servers.set(address.endpoint, server)
  return server
}

async function mirrorMessage({ body, attributes }: SQSRecord): Promise<void> {
  const { key, scene, drop, arrivalMs } = readManifestMessage(body, 'nothing was written')
  log.follow(drop)
  const search = scenes[scene]?.search
  if (!search?.openSearch) return log.info('drop of a scene without OpenSearch skipped', { scene })
  const address = addressOf(scene, search.openSearch, environment.CREATED_SERVERS)
  const server = serverAt(address)
  const ports = { lake, models, online, scene, server, endpoint: address.endpoint }
  const mirrored = await mirrorDrop(ports, search, key)
  if (mirrored.result !== 'mirrored') return
  if (mirrored.refused > 0)
    log.warn('OpenSearch refused documents for good; refused/ of the generation has the reasons', {
      ...{ scene, drop, refused: mirrored.refused },
    })
  const receivedMs = Number(attributes.ApproximateFirstReceiveTimestamp)
  const values = {
    MirrorDelay: Math.max(0, receivedMs - arrivalMs) / 1000,
    DocumentsMirrored: mirrored.written,
    DocumentsRefused: mirrored.refused,
  }
  log.measure('documents mirrored', { scene }, values, { drop })
}

/** Writes a batch of drops to OpenSearch. Only a drop that a fault stopped is delivered again. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> =>
  readBatch(event, log, failed, 'documents not mirrored', mirrorMessage)
