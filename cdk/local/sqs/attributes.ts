import { MAX_MESSAGE_BYTES } from './limits.ts'
import type { Queue, Received } from './queue.ts'

const choose = (
  all: Record<string, string | null>,
  wanted: readonly string[],
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(all).filter(
      (entry): entry is [string, string] =>
        entry[1] !== null && (wanted.includes('All') || wanted.includes(entry[0])),
    ),
  )

/** What the queue knows of a message, by the names of `MessageSystemAttributeNames`. */
export const systemAttributes = (
  message: Received,
  wanted: readonly string[],
): Record<string, string> =>
  choose(
    {
      ApproximateReceiveCount: String(message.receiveCount),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedMs),
      SentTimestamp: String(message.sentMs),
      SenderId: message.senderId,
      DeadLetterQueueSourceArn: message.sourceArn,
    },
    wanted,
  )

/** Attributes of a queue, by the names of `GetQueueAttributes`. */
export function queueAttributes(queue: Queue, wanted: readonly string[]): Record<string, string> {
  const { arn, visibilityTimeoutSeconds, retentionSeconds, delaySeconds, redrive } =
    queue.declaration
  const { visible, hidden, delayed } = queue.counts()
  return choose(
    {
      QueueArn: arn,
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(hidden),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      VisibilityTimeout: String(visibilityTimeoutSeconds),
      MessageRetentionPeriod: String(retentionSeconds),
      DelaySeconds: String(delaySeconds),
      MaximumMessageSize: String(MAX_MESSAGE_BYTES),
      RedrivePolicy:
        redrive &&
        JSON.stringify({
          deadLetterTargetArn: redrive.deadLetterArn,
          maxReceiveCount: redrive.maxReceiveCount,
        }),
    },
    wanted,
  )
}
