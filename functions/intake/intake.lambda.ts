import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { readConfiguration } from '../core/configuration.ts'
import { sqsClient, sqsDeadLetters } from '../core/dead-letters.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { sumOf } from '../core/metrics.ts'
import { openOnce } from '../core/open-once.ts'
import { readBatch } from '../core/read-batch.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { secretReader } from '../core/secrets.ts'
import { landedOf, readMessage } from './drop.ts'
import { type IntakePorts, intakeDrop } from './intake.ts'
import { parseProducerKeys } from './signature.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.intake, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const failedDrops = sqsDeadLetters(environment.FAILED_DROPS, sqsClient())
const readSecret = secretReader()
const log = stageLog(stages.intake, environment.METRICS_NAMESPACE)

const openPorts = openOnce(async (): Promise<IntakePorts> => {
  const identityKey = await readSecret(environment.IDENTITY_SECRET)
  return {
    raw: s3Store(environment.RAW_BUCKET, client),
    lake: s3Store(environment.LAKE_BUCKET, client),
    quarantine: s3Store(environment.QUARANTINE_BUCKET, client),
    configuration,
    identityKey,
    producerKeys: async () => parseProducerKeys(await readSecret(environment.PRODUCERS_SECRET)),
    codeDigest: environment.CODE_DIGEST,
  }
})

async function readDrop({ body }: SQSRecord): Promise<void> {
  const landed = landedOf(readMessage(body))
  if (landed === null) return log.info('folder marker skipped')
  log.follow(landed.drop)
  const { account, isNew } = await intakeDrop(await openPorts(), landed)
  const { scene, drop, read, accepted, quarantined, refused } = account
  const values = {
    RecordsAccepted: accepted,
    RecordsQuarantined: sumOf(quarantined),
    DropsRefused: refused ? 1 : 0,
  }
  // The refusal's detail quotes the producer's key, so it is written to the account, not to the
  // log.
  const fields = { drop, read, quarantined, refused: refused?.reason ?? null }
  // Metrics are written once per account, so that they equal the sums of the accounts.
  if (isNew) log.measure('drop taken in', { scene }, values, fields)
  else log.info('drop taken in before', { scene, ...fields })
}

/** Reads a batch of drops. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> =>
  readBatch(event, log, failedDrops, 'drop not taken in', readDrop)
