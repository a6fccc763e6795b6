import { ACCOUNT, type Caller } from '../ports.ts'
import { invalid, SqsError } from './errors.ts'
import { MAX_DELAY_SECONDS, MAX_MESSAGE_BYTES } from './limits.ts'
import type { MessageAttributes } from './md5.ts'
import type { Queue } from './queue.ts'

export interface SendInput {
  MessageBody?: unknown
  MessageAttributes?: MessageAttributes
  DelaySeconds?: number
}

/** Body and attributes together, as the quota counts them. */
export function bytesOf({ MessageBody = '', MessageAttributes = {} }: SendInput): number {
  const attributes = Object.entries(MessageAttributes).map(
    ([name, { DataType, StringValue = '', BinaryValue = '' }]) =>
      Buffer.byteLength(name + DataType + StringValue) + Buffer.byteLength(BinaryValue, 'base64'),
  )
  return attributes.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(String(MessageBody)))
}

// XML 1.0's characters, which are all that a message may hold.
const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u

/** SendMessage, and one entry of SendMessageBatch. Throws SqsError for what SQS would refuse. */
export function sendMessage(queue: Queue, input: SendInput, caller: Caller) {
  const { MessageBody, MessageAttributes = {}, DelaySeconds } = input
  if (typeof MessageBody !== 'string' || MessageBody === '')
    throw new SqsError('MissingParameter', 'the request must contain the parameter MessageBody')
  const bytes = bytesOf(input)
  if (bytes > MAX_MESSAGE_BYTES)
    throw invalid(`a message of ${bytes} bytes: at most ${MAX_MESSAGE_BYTES} are allowed`)
  if (FORBIDDEN.test(MessageBody))
    throw new SqsError('InvalidMessageContents', 'the body holds characters outside XML 1.0')
  if (DelaySeconds !== undefined && !(DelaySeconds >= 0 && DelaySeconds <= MAX_DELAY_SECONDS))
    throw invalid(`a delay is 0 to ${MAX_DELAY_SECONDS} s, not ${DelaySeconds}`)
  const senderId = caller.role ?? ACCOUNT
  const content = { body: MessageBody, attributes: MessageAttributes, senderId }
  const sent = queue.send(content, DelaySeconds)
  return {
    MessageId: sent.id,
    MD5OfMessageBody: sent.md5OfBody,
    ...(sent.md5OfAttributes ? { MD5OfMessageAttributes: sent.md5OfAttributes } : {}),
  }
}
