import { setTimeout } from 'node:timers/promises'
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { readConfiguration } from '../core/configuration.ts'
import { sqsClient, sqsDeadLetters } from '../core/dead-letters.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { readBatch } from '../core/read-batch.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { readManifestMessage } from '../intake/drop.ts'
import { chunkDrop } from './chunk-drop.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.chunkDrop, process.env)
const { scenes } = readConfiguration(import.meta.dirname)
const client = s3Client()
const stores = {
  lake: s3Store(environment.LAKE_BUCKET, client),
  raw: s3Store(environment.RAW_BUCKET, client),
  online: dynamoTable(environment.ONLINE_TABLE, documentClient()),
  pause: (ms: number) => setTimeout(ms),
}
const failed = sqsDeadLetters(environment.FAILED_CHUNKS, sqsClient())
const log = stageLog(stages.chunkDrop, environment.METRICS_NAMESPACE)

async function divideMessage({ body }: SQSRecord): Promise<void> {
  const { key, scene, drop } = readManifestMessage(body, 'nothing was divided')
  log.follow(drop)
  const section = scenes[scene]?.documents
  if (!section) return log.info('drop of a scene without documents skipped', { scene })
  const { result, documents, chunks, unreadable } = await chunkDrop(
    { ...stores, scene },
    section,
    key,
  )
  const fields = { drop, result, manifest: key }
  if (result === 'deleted') log.warn("the drop's manifest was deleted: nothing was divided", fields)
  if (result === 'none') log.info('drop without documents skipped', fields)
  if (result !== 'divided') return
  for (const { id, why } of unreadable)
    log.warn('a document was not divided; its former chunks stay', { ...fields, id, why })
  const values = {
    DocumentsDivided: documents,
    ChunksChanged: chunks,
    DocumentsUnreadable: unreadable.length,
  }
  log.measure('documents divided', { scene }, values, fields)
}

/** Divides the documents of a batch of drops. Only a drop that a fault stopped is delivered again. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> =>
  readBatch(event, log, failed, 'documents not divided', divideMessage)
