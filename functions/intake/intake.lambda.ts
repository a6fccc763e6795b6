import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { readConfiguration } from '../core/configuration.ts'
import { sendIfLasting, sqsClient, sqsDeadLetters } from '../core/dead-letters.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { sumOf } from '../core/metrics.ts'
import { openOnce } from '../core/open-once.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { landedOf, readMessage } from './drop.ts'
import { type IntakePorts, intakeDrop } from './intake.ts'
import { parseProducerKeys } from './signature.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.intake, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const failedDrops = sqsDeadLetters(environment.FAILED_DROPS, sqsClient())
const secrets = new SecretsManagerClient()
const log = stageLog(stages.intake, environment.METRICS_NAMESPACE)

async function readSecret(SecretId: string): Promise<string> {
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }))
  return SecretString!
}

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

/**
 * Reads a batch of drops. A drop that a fault stopped is reported, so that only it is redelivered.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = []
  for (const { messageId, body } of event.Records) {
    log.follow(messageId)
    try {
      const landed = landedOf(readMessage(body))
      if (landed === null) {
        log.info('folder marker skipped')
        continue
      }
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
    } catch (error) {
      log.error('drop not taken in', { messageId, error })
      if (!(await sendIfLasting(failedDrops, body, error)))
        batchItemFailures.push({ itemIdentifier: messageId })
    }
  }
  return { batchItemFailures }
}
