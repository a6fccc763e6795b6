import { type Authorize, demand } from '../authorize.ts'
import {
  type Activity,
  type Clock,
  type FunctionDeclaration,
  type FunctionInvoker,
  REGION,
} from '../ports.ts'
import { failedMessages } from './batch-response.ts'
import type { Queue, Received } from './queue.ts'

export interface EventSourceDeclaration {
  functionName: string
  /** 1 to 10,000; above 10 a batching window is required. */
  batchSize: number
  batchingWindowSeconds: number
  /** 2 to 1000, or null. */
  maximumConcurrency: number | null
  reportsBatchItemFailures: boolean
  enabled: boolean
}

/** "Understanding polling and batching behavior": the batches that are processed at once at first. */
const INITIAL_CONCURRENCY = 5
/** An invocation's payload holds 6 MB: "Configuring scaling behavior", with room for the records' frames. */
const MAX_BATCH_BYTES = 5 * 1024 * 1024

export interface EventSource {
  close(): void
}

const ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']
/**
 * A mapping polls in the name of its function's role ("Execution role permissions" of SQS event
 * sources); one that may not is refused, as Lambda refuses to create it. Throws NotAuthorized.
 */
export function demandPolling(
  { stage, role }: Pick<FunctionDeclaration, 'stage' | 'role'>,
  queueArn: string,
  authorize: Authorize,
): void {
  for (const action of ACTIONS) demand(authorize, { stage, role }, action, queueArn)
}

/** "Using Lambda with Amazon SQS": the event's record. */
const record = (message: Received, queueArn: string) => ({
  messageId: message.id,
  receiptHandle: message.receiptHandle,
  body: message.body,
  attributes: {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentMs),
    SenderId: message.senderId,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedMs),
    ...(message.sourceArn ? { DeadLetterQueueSourceArn: message.sourceArn } : {}),
  },
  messageAttributes: Object.fromEntries(
    Object.entries(message.attributes).map(([name, attribute]) => [
      name,
      {
        stringListValues: [],
        binaryListValues: [],
        dataType: attribute.DataType,
        ...(attribute.StringValue === undefined ? {} : { stringValue: attribute.StringValue }),
        ...(attribute.BinaryValue === undefined ? {} : { binaryValue: attribute.BinaryValue }),
      },
    ]),
  ),
  md5OfBody: message.md5OfBody,
  eventSource: 'aws:sqs',
  eventSourceARN: queueArn,
  awsRegion: REGION,
  ...(message.md5OfAttributes ? { md5OfMessageAttributes: message.md5OfAttributes } : {}),
})

/**
 * The event source mapping from a queue to a function: woken by messages that become visible, it
 * invokes with batches, deletes what succeeded and leaves what failed to its visibility timeout.
 * Visible messages count as work under way, except while a batching window (virtual time) is open.
 */
export function mapEventSource(options: {
  declaration: EventSourceDeclaration
  queue: Queue
  invoker: FunctionInvoker
  clock: Clock
  activity: Activity
}): EventSource {
  const { declaration, queue, invoker, clock, activity } = options
  const { functionName, batchSize, batchingWindowSeconds } = declaration
  const { arn, name } = queue.declaration
  const concurrency = declaration.maximumConcurrency ?? INITIAL_CONCURRENCY
  let running = 0
  let window: { cancel(): void } | null = null
  let isWindowOver = false
  let isScheduled = false
  let isClosed = !declaration.enabled
  let end: (() => void) | null = null

  function countWork(): void {
    const isBusy = !isClosed && (running > 0 || (queue.counts().visible > 0 && window === null))
    if (isBusy) end ??= activity.begin(`messages of ${name}`)
    else {
      end?.()
      end = null
    }
  }
  /** In a microtask: what one request sends together arrives together. */
  function wake(): void {
    if (isClosed) return
    countWork()
    if (isScheduled) return
    isScheduled = true
    queueMicrotask(() => {
      isScheduled = false
      poll()
    })
  }
  function openWindow(): void {
    window ??= clock.at(clock.now() + batchingWindowSeconds * 1000, () => {
      window = null
      isWindowOver = true
      poll()
    })
  }
  function poll(): void {
    while (!isClosed && running < concurrency) {
      const { visible } = queue.counts()
      if (visible === 0) break
      if (visible < batchSize && batchingWindowSeconds > 0 && !isWindowOver) {
        openWindow()
        break
      }
      const batch = queue.receive(batchSize, undefined, MAX_BATCH_BYTES)
      if (batch.length > 0) void work(batch)
    }
    isWindowOver = false
    countWork()
  }
  async function work(batch: Received[]): Promise<void> {
    running++
    window?.cancel()
    window = null
    const event = { Records: batch.map((message) => record(message, arn)) }
    const ids = batch.map(({ id }) => id)
    let failed = new Set(ids)
    try {
      const { payload, functionError } = await invoker.invoke(functionName, event)
      if (functionError === null)
        failed = declaration.reportsBatchItemFailures ? failedMessages(payload, ids) : new Set()
    } catch {
      // The invocation was not accepted at all: the batch comes back with its visibility timeout.
    }
    for (const { id, receiptHandle } of batch) if (!failed.has(id)) queue.remove(receiptHandle)
    running--
    poll()
  }

  queue.onVisible(wake)
  return {
    close() {
      isClosed = true
      window?.cancel()
      window = null
      countWork()
    },
  }
}
