import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { type DeadLetters, sendIfLasting } from './dead-letters.ts'

interface BatchLog {
  follow(id: string): void
  error(message: string, fields: Record<string, unknown>): void
}

/**
 * Reads the messages of a batch one after another. A message that a fault stopped is delivered again, and it
 * alone; one whose error every retry repeats goes to the dead letters. `failure` is logged with either.
 */
export async function readBatch(
  { Records }: SQSEvent,
  log: BatchLog,
  letters: DeadLetters,
  failure: string,
  read: (record: SQSRecord) => Promise<void>,
): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = []
  for (const record of Records) {
    const { messageId, body } = record
    log.follow(messageId)
    try {
      await read(record)
    } catch (error) {
      log.error(failure, { messageId, error })
      if (!(await sendIfLasting(letters, body, error)))
        batchItemFailures.push({ itemIdentifier: messageId })
    }
  }
  return { batchItemFailures }
}
