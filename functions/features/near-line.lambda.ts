import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { readConfiguration } from '../core/configuration.ts'
import { sqsClient, sqsDeadLetters } from '../core/dead-letters.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { readBatch } from '../core/read-batch.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { readManifestMessage } from '../intake/drop.ts'
import { writeDrop } from './near-line.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.nearLine, process.env)
const { scenes } = readConfiguration(import.meta.dirname)
const lake = s3Store(environment.LAKE_BUCKET, s3Client())
const online = dynamoTable(environment.ONLINE_TABLE, documentClient())
const failed = sqsDeadLetters(environment.FAILED_VALUES, sqsClient())
const log = stageLog(stages.nearLine, environment.METRICS_NAMESPACE)

async function writeMessage({ body, attributes }: SQSRecord): Promise<void> {
  const { key, drop, arrivalMs, ...named } = readManifestMessage(body, 'no value was changed')
  log.follow(drop)
  const scene = scenes[named.scene]
  if (!scene) return log.info('drop of no scene skipped', named)
  const receivedMs = Number(attributes.ApproximateFirstReceiveTimestamp)
  const { result, rows } = await writeDrop({ lake, online, scene }, key, receivedMs)
  const fields = { drop, result }
  if (result === 'deleted')
    log.warn("the drop's manifest or clean files were deleted: its values wait for no closing", {
      ...fields,
      manifest: key,
    })
  const delay = { NearLineDelay: Math.max(0, receivedMs - arrivalMs) / 1000 }
  const values = result === 'written' ? { ...delay, NearLineRows: rows } : { NearLineRows: rows }
  log.measure('values written', named, values, fields)
}

/** Writes the values of a batch of drops. Only a drop that a fault stopped is delivered again. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> =>
  readBatch(event, log, failed, 'values not written', writeMessage)
