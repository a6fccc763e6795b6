import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { isLasting } from './errors.ts'

/** A dead-letter queue, for a message that fails however often it is retried. */
export interface DeadLetters {
  /** Sends the message unchanged, with the error as its attributes. */
  send(body: string, error: Error): Promise<void>
}

/** SQS rejects empty attributes, and counts attributes as part of the message size. */
const attribute = (text: string) => ({
  DataType: 'String',
  StringValue: text.slice(0, 1000) || 'nothing',
})

/**
 * Sends a message to the dead-letter queue if retries cannot fix its error. Returns whether the
 * queue has it. If not, the source queue must deliver the message again.
 */
export async function sendIfLasting(letters: DeadLetters, body: string, error: unknown) {
  if (!isLasting(error)) return false
  return letters.send(body, error).then(
    () => true,
    () => false,
  )
}

/** The client uses the region's endpoint or the local one, not the host in a queue's URL. */
export const sqsClient = (): SQSClient => new SQSClient({ useQueueUrlAsEndpoint: false })

/** The SQS implementation. */
export const sqsDeadLetters = (queueUrl: string, client: SQSClient): DeadLetters => ({
  async send(body, { name, message }) {
    const MessageAttributes = { ERROR_CODE: attribute(name), ERROR_MESSAGE: attribute(message) }
    const letter = { QueueUrl: queueUrl, MessageBody: body, MessageAttributes }
    await client.send(new SendMessageCommand(letter))
  },
})
