import type { Authorize } from '../authorize.ts'
import { uuidOf } from '../identifiers.ts'
import type { Caller } from '../ports.ts'
import { ACCOUNT, REGION } from '../ports.ts'
import { queueAttributes, systemAttributes } from './attributes.ts'
import { invalid, SqsError } from './errors.ts'
import { MAX_DELAY_SECONDS, MAX_ENTRIES, MAX_MESSAGE_BYTES } from './limits.ts'
import type { MessageAttributes } from './md5.ts'
import type { Message, Queue } from './queue.ts'
import type { Queues } from './queues.ts'

type Input = Record<string, unknown>
type Output = Record<string, unknown> | null

interface SendInput {
  MessageBody?: unknown
  MessageAttributes?: MessageAttributes
  DelaySeconds?: number
}

function bytesOf({ MessageBody = '', MessageAttributes = {} }: SendInput): number {
  const attributes = Object.entries(MessageAttributes).map(
    ([name, { DataType, StringValue = '', BinaryValue = '' }]) =>
      Buffer.byteLength(name + DataType + StringValue) + Buffer.byteLength(BinaryValue, 'base64'),
  )
  return attributes.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(String(MessageBody)))
}

// XML 1.0's characters, which are all that a message may hold.
const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u

function send(queue: Queue, input: SendInput, caller: Caller): Output {
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

/** Each entry on its own: one that fails stands in `Failed` with its code, the others go through. */
function batch(input: Input, each: (entry: Input & SendInput) => Output): Output {
  const entries = (input['Entries'] ?? []) as (Input & SendInput & { Id: string })[]
  const code = (name: string): string => `AWS.SimpleQueueService.${name}`
  const refuse = (name: string, message: string): never => {
    throw new SqsError(name, message, code(name))
  }
  if (entries.length === 0) refuse('EmptyBatchRequest', 'there are no entries in the request')
  if (entries.length > MAX_ENTRIES)
    refuse('TooManyEntriesInBatchRequest', `${entries.length} entries: at most ${MAX_ENTRIES}`)
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    refuse('BatchEntryIdsNotDistinct', 'an id stands twice in the request')
  if (entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > MAX_MESSAGE_BYTES)
    refuse('BatchRequestTooLong', `the entries together exceed ${MAX_MESSAGE_BYTES} bytes`)
  const Successful: Output[] = []
  const Failed: Output[] = []
  for (const entry of entries)
    try {
      Successful.push({ Id: entry.Id, ...each(entry) })
    } catch (error) {
      if (!(error instanceof SqsError)) throw error
      const { queryCode, message } = error
      Failed.push({ Id: entry.Id, Code: queryCode, Message: message, SenderFault: true })
    }
  return { Successful, Failed }
}

function chosenAttributes({ attributes }: Message, wanted: readonly string[]): MessageAttributes {
  const isWanted = (name: string): boolean =>
    wanted.some(
      (each) =>
        each === 'All' ||
        each === name ||
        (each.endsWith('.*') && name.startsWith(each.slice(0, -2))),
    )
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)))
}

/** Answers at once however long the caller would wait: virtual time stands still while it waits. */
function receive(queue: Queue, input: Input): Output {
  const max = Number(input['MaxNumberOfMessages'] ?? 1)
  if (!(max >= 1 && max <= MAX_ENTRIES))
    throw invalid(`MaxNumberOfMessages is 1 to ${MAX_ENTRIES}, not ${max}`)
  const system = (input['MessageSystemAttributeNames'] ?? input['AttributeNames'] ?? []) as string[]
  const named = (input['MessageAttributeNames'] ?? []) as string[]
  const received = queue.receive(max, input['VisibilityTimeout'] as number | undefined)
  if (received.length === 0) return {}
  return {
    Messages: received.map((message) => {
      const attributes = systemAttributes(message, system)
      const chosen = chosenAttributes(message, named)
      return {
        MessageId: message.id,
        ReceiptHandle: message.receiptHandle,
        Body: message.body,
        MD5OfBody: message.md5OfBody,
        ...(Object.keys(attributes).length > 0 ? { Attributes: attributes } : {}),
        ...(Object.keys(chosen).length > 0
          ? { MessageAttributes: chosen, MD5OfMessageAttributes: message.md5OfAttributes }
          : {}),
      }
    }),
  }
}

/** Moves what a dead-letter queue holds back to where each came from, or to one destination. */
function moveBack(queues: Queues, source: Queue, destinationArn: string | undefined): Output {
  for (;;) {
    const taken = source.receive(MAX_ENTRIES)
    if (taken.length === 0) break
    for (const message of taken) {
      const arn = destinationArn ?? message.sourceArn
      if (!arn) throw invalid(`message ${message.id} was not dead-lettered: name a destination`)
      source.remove(message.receiptHandle)
      queues.find(arn).send({ ...message, sourceArn: null }, 0)
    }
  }
  return { TaskHandle: uuidOf(`move from ${source.declaration.arn}`) }
}

/** The operations of Amazon SQS by name, over the declared queues; any other is refused by name. */
export function sqsOperations(
  queues: Queues,
  authorize: Authorize,
  urlOf: (name: string) => string,
) {
  /** Which IAM action a batch is: that of the single operation. */
  const permit = (caller: Caller, operation: string, arn: string): void => {
    const { allowed, reason } = authorize(caller, `sqs:${operation.replace(/Batch$/, '')}`, arn)
    if (!allowed) throw new SqsError('AccessDeniedException', reason, 'AccessDenied')
  }
  const handle = (entry: Input): string => String(entry['ReceiptHandle'] ?? '')
  const onQueue: Record<string, (queue: Queue, input: Input, caller: Caller) => Output> = {
    SendMessage: (queue, input, caller) => send(queue, input, caller),
    SendMessageBatch: (queue, input, caller) => batch(input, (entry) => send(queue, entry, caller)),
    ReceiveMessage: receive,
    DeleteMessage: (queue, input) => {
      queue.remove(handle(input))
      return null
    },
    DeleteMessageBatch: (queue, input) =>
      batch(input, (entry) => {
        queue.remove(handle(entry))
        return {}
      }),
    ChangeMessageVisibility: (queue, input) => {
      queue.changeVisibility(handle(input), Number(input['VisibilityTimeout']))
      return null
    },
    ChangeMessageVisibilityBatch: (queue, input) =>
      batch(input, (entry) => {
        queue.changeVisibility(handle(entry), Number(entry['VisibilityTimeout']))
        return {}
      }),
    GetQueueUrl: (queue) => ({ QueueUrl: urlOf(queue.declaration.name) }),
    GetQueueAttributes: (queue, input) => ({
      Attributes: queueAttributes(queue, (input['AttributeNames'] ?? []) as string[]),
    }),
    PurgeQueue: (queue) => {
      queue.purge()
      return null
    },
    StartMessageMoveTask: (queue, input) =>
      moveBack(queues, queue, input['DestinationArn'] as string | undefined),
  }
  return (operation: string, input: Input, caller: Caller): Output => {
    if (operation === 'ListQueues') {
      permit(caller, operation, `arn:aws:sqs:${REGION}:${ACCOUNT}:*`)
      const prefix = String(input['QueueNamePrefix'] ?? '')
      const names = queues.list().map(({ declaration }) => declaration.name)
      return { QueueUrls: names.filter((name) => name.startsWith(prefix)).map(urlOf) }
    }
    const run = onQueue[operation]
    if (!run) throw new SqsError('UnsupportedOperation', `the local cloud has no sqs:${operation}`)
    const queue = queues.find(
      String(input['QueueUrl'] ?? input['QueueName'] ?? input['SourceArn'] ?? ''),
    )
    permit(caller, operation, queue.declaration.arn)
    return run(queue, input, caller)
  }
}
