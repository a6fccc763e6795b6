import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'

/** A dead-letter queue, for a message that fails however often it is tried. */
export interface DeadLetters {
  /** Sends the message as it came, with what was wrong as its attributes. */
  send(body: string, error: Error): Promise<void>
}

const attribute = (StringValue: string) => ({ DataType: 'String', StringValue })
/** An attribute may not be empty, and counts as part of the message. */
const textOf = (text: string): string => text.slice(0, 1000) || 'no message'

export function sqsDeadLetters(queueUrl: string): DeadLetters {
  // The region's endpoint, or the local one: never the host that the queue's URL names.
  const client = new SQSClient({ useQueueUrlAsEndpoint: false })
  return {
    async send(body, { name, message }) {
      const MessageAttributes = {
        ERROR_CODE: attribute(name),
        ERROR_MESSAGE: attribute(textOf(message)),
      }
      const letter = { QueueUrl: queueUrl, MessageBody: body, MessageAttributes }
      await client.send(new SendMessageCommand(letter))
    },
  }
}
