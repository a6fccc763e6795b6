import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { isLasting } from './errors.ts'

/** A dead-letter queue, for a message that fails however often it is tried. */
export interface DeadLetters {
  /** Sends the message as it came, with what was wrong as its attributes. */
  send(body: string, error: Error): Promise<void>
}

/** An attribute may not be empty, and counts as part of the message. */
const attribute = (text: string) => ({
  DataType: 'String',
  StringValue: text.slice(0, 1000) || 'nothing',
})

/**
 * Sends a message to the dead letters where its error comes again however often it is tried; answers
 * whether it is there. Otherwise its queue is to deliver it again.
 */
export async function isGivenUp(letters: DeadLetters, body: string, error: unknown) {
  if (!isLasting(error)) return false
  return letters.send(body, error).then(
    () => true,
    () => false,
  )
}

/** The client asks the region's endpoint, or the local one: not the host that a queue's URL names. */
export const sqsClient = (): SQSClient => new SQSClient({ useQueueUrlAsEndpoint: false })

/** The SQS implementation. */
export const sqsDeadLetters = (queueUrl: string, client: SQSClient): DeadLetters => ({
  async send(body, { name, message }) {
    const MessageAttributes = { ERROR_CODE: attribute(name), ERROR_MESSAGE: attribute(message) }
    const letter = { QueueUrl: queueUrl, MessageBody: body, MessageAttributes }
    await client.send(new SendMessageCommand(letter))
  },
})
