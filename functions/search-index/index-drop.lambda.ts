import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { readConfiguration } from '../core/configuration.ts'
import { sqsClient, sqsDeadLetters } from '../core/dead-letters.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stepFunctions } from '../core/executions.ts'
import { stageLog } from '../core/log.ts'
import { readBatch } from '../core/read-batch.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { readManifestMessage } from '../intake/drop.ts'
import { indexDrop } from './index-drop.ts'
import { createSegmentCache } from './open-snapshot.ts'
import { pageOptions } from './pages/put-pages.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.indexDrop, process.env)
const { scenes } = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = s3Store(environment.MODELS_BUCKET, client)
const online = dynamoTable(environment.ONLINE_TABLE, documentClient())
const failed = sqsDeadLetters(environment.FAILED_DOCUMENTS, sqsClient())
const log = stageLog(stages.indexDrop, environment.METRICS_NAMESPACE)
const cache = createSegmentCache()
const rebuilds = stepFunctions(environment.REBUILD_FLOW)

async function indexMessage({ body, attributes }: SQSRecord): Promise<void> {
  const { key, scene, drop, arrivalMs } = readManifestMessage(body, 'nothing was indexed')
  log.follow(drop)
  const search = scenes[scene]?.search
  if (!search) return log.info('drop of a scene without search skipped', { scene })
  const pages = pageOptions(search, online)
  const ports = { lake, models, online, scene, cache, pages, rebuilds }
  const { result, documents } = await indexDrop(ports, search, key)
  const fields = { drop, result, manifest: key }
  if (result === 'deleted') log.warn("the drop's manifest was deleted: nothing was indexed", fields)
  if (result !== 'indexed') return
  const receivedMs = Number(attributes.ApproximateFirstReceiveTimestamp)
  const values = {
    IndexDelay: Math.max(0, receivedMs - arrivalMs) / 1000,
    DocumentsIndexed: documents,
  }
  log.measure('documents indexed', { scene }, values, fields)
}

/** Indexes a batch of drops. Only a drop that a fault stopped is delivered again. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> =>
  readBatch(event, log, failed, 'documents not indexed', indexMessage)
