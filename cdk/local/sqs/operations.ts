import type { Authorize } from '../authorize.ts'
import { ACCOUNT, type Caller, REGION } from '../ports.ts'
import { queueAttributes } from './attributes.ts'
import { type BatchEntry, runBatch } from './batch.ts'
import { SqsError } from './errors.ts'
import type { Queue } from './queue.ts'
import type { Queues } from './queues.ts'
import { receiveMessages } from './receive.ts'
import { sendMessage } from './send.ts'

type Input = Record<string, unknown>
type Output = Record<string, unknown> | null

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
  const entriesOf = (input: Input) => (input['Entries'] ?? []) as BatchEntry[]
  const handle = (entry: Input): string => String(entry['ReceiptHandle'] ?? '')
  const onQueue: Record<string, (queue: Queue, input: Input, caller: Caller) => Output> = {
    SendMessage: (queue, input, caller) => sendMessage(queue, input, caller),
    SendMessageBatch: (queue, input, caller) =>
      runBatch(entriesOf(input), (entry) => sendMessage(queue, entry, caller)),
    ReceiveMessage: receiveMessages,
    DeleteMessage: (queue, input) => {
      queue.remove(handle(input))
      return null
    },
    DeleteMessageBatch: (queue, input) =>
      runBatch(entriesOf(input), (entry) => {
        queue.remove(handle(entry))
        return {}
      }),
    ChangeMessageVisibility: (queue, input) => {
      queue.changeVisibility(handle(input), Number(input['VisibilityTimeout']))
      return null
    },
    ChangeMessageVisibilityBatch: (queue, input) =>
      runBatch(entriesOf(input), (entry) => {
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
    ListDeadLetterSourceQueues: (queue) => ({
      queueUrls: queues
        .sourcesOf(queue.declaration.arn)
        .map(({ declaration }) => urlOf(declaration.name)),
    }),
    StartMessageMoveTask: (queue, input) =>
      queues.moves.start(queue, input['DestinationArn'] as string | undefined),
    ListMessageMoveTasks: (queue, input) =>
      queues.moves.list(queue, input['MaxResults'] as number | undefined),
  }
  return (operation: string, input: Input, caller: Caller): Output => {
    if (operation === 'ListQueues') {
      permit(caller, operation, `arn:aws:sqs:${REGION}:${ACCOUNT}:*`)
      const prefix = String(input['QueueNamePrefix'] ?? '')
      const names = queues.list().map(({ declaration }) => declaration.name)
      return { QueueUrls: names.filter((name) => name.startsWith(prefix)).map(urlOf) }
    }
    const run = Object.hasOwn(onQueue, operation) ? onQueue[operation] : undefined
    if (!run)
      throw new SqsError(
        'UnsupportedOperation',
        `the local cloud has no sqs:${operation}; it has ListQueues, ${Object.keys(onQueue).join(', ')}`,
      )
    const queue = queues.find(
      String(input['QueueUrl'] ?? input['QueueName'] ?? input['SourceArn'] ?? ''),
    )
    permit(caller, operation, queue.declaration.arn)
    return run(queue, input, caller)
  }
}
