import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws-v3'
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { parseDropManifestKey } from '../contract/keys.ts'
import type { SearchDefinition } from '../contract/search.ts'
import { readConfiguration } from '../core/configuration.ts'
import { sendIfLasting, sqsClient, sqsDeadLetters } from '../core/dead-letters.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { InvalidInput } from '../core/errors.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { readMessage } from '../intake/drop.ts'
import { mirrorDrop } from './mirror-drop.ts'
import { openSearchServer } from './opensearch/client.ts'
import type { SearchServer } from './opensearch/server.ts'
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

/** Lambda gives a function the keys of its role in its environment. */
const roleKeys = async () => ({
  accessKeyId: process.env['AWS_ACCESS_KEY_ID']!,
  secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY']!,
  sessionToken: process.env['AWS_SESSION_TOKEN']!,
})

function serverOf({ endpoint, access }: NonNullable<SearchDefinition['openSearch']>): SearchServer {
  const known = servers.get(endpoint)
  if (known) return known
  const region = process.env['AWS_REGION']!
  const signer =
    access === 'none' ? {} : AwsSigv4Signer({ region, service: access, getCredentials: roleKeys })
  const server = openSearchServer({ ...signer, node: endpoint })
  servers.set(endpoint, server)
  return server
}

async function mirrorMessage({ body, attributes }: SQSRecord): Promise<void> {
  const { key } = readMessage(body).detail.object
  const name = parseDropManifestKey(key)
  if (!name)
    throw new InvalidInput(`${key}: expected the key of a drop's manifest; nothing was written`)
  log.follow(name.drop)
  const { scene } = name
  const search = scenes[scene]?.search
  if (!search?.openSearch) return log.info('drop of a scene without OpenSearch skipped', { scene })
  const server = serverOf(search.openSearch)
  const mirrored = await mirrorDrop({ lake, models, online, scene, server }, search, key)
  if (mirrored.result !== 'mirrored') return
  if (mirrored.refused > 0)
    log.warn('OpenSearch refused documents for good; refused/ of the generation has the reasons', {
      ...{ scene, drop: name.drop, refused: mirrored.refused },
    })
  const receivedMs = Number(attributes.ApproximateFirstReceiveTimestamp)
  const values = {
    MirrorDelay: Math.max(0, receivedMs - name.arrivalMs) / 1000,
    DocumentsMirrored: mirrored.written,
    DocumentsRefused: mirrored.refused,
  }
  log.measure('documents mirrored', { scene }, values, { drop: name.drop })
}

/** Writes a batch of drops to OpenSearch. Only a drop that a fault stopped is delivered again. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = []
  for (const record of event.Records) {
    const { messageId, body } = record
    log.follow(messageId)
    try {
      await mirrorMessage(record)
    } catch (error) {
      log.error('documents not mirrored', { messageId, error })
      if (!(await sendIfLasting(failed, body, error)))
        batchItemFailures.push({ itemIdentifier: messageId })
    }
  }
  return { batchItemFailures }
}
