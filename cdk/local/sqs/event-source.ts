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

interface EventSourceOptions {
  declaration: EventSourceDeclaration
  queue: Queue
  invoker: FunctionInvoker
  clock: Clock
  activity: Activity
}
interface MappingState extends EventSourceOptions {
  /** Batches that are processed. */
  running: number
  /** The batching window that is open. */
  window: { cancel(): void } | null
  isWindowOver: boolean
  isScheduled: boolean
  isClosed: boolean
  /** Ends the activity that this mapping is; null where it has no work. */
  end: (() => void) | null
}

function countWork(mapping: MappingState): void {
  const { isClosed, running, queue, window, activity } = mapping
  const isBusy = !isClosed && (running > 0 || (queue.counts().visible > 0 && window === null))
  if (isBusy) mapping.end ??= activity.begin(`messages of ${queue.declaration.name}`)
  else {
    mapping.end?.()
    mapping.end = null
  }
}

/** In a microtask: what one request sends together arrives together. */
function wake(mapping: MappingState): void {
  if (mapping.isClosed) return
  countWork(mapping)
  if (mapping.isScheduled) return
  mapping.isScheduled = true
  queueMicrotask(() => {
    mapping.isScheduled = false
    poll(mapping)
  })
}

function openWindow(mapping: MappingState): void {
  const { clock, declaration } = mapping
  mapping.window ??= clock.at(clock.now() + declaration.batchingWindowSeconds * 1000, () => {
    mapping.window = null
    mapping.isWindowOver = true
    poll(mapping)
  })
}

function closeWindow(mapping: MappingState): void {
  mapping.window?.cancel()
  mapping.window = null
}

function poll(mapping: MappingState): void {
  const { queue, declaration } = mapping
  const { batchSize, batchingWindowSeconds } = declaration
  const concurrency = declaration.maximumConcurrency ?? INITIAL_CONCURRENCY
  while (!mapping.isClosed && mapping.running < concurrency) {
    const { visible } = queue.counts()
    if (visible === 0) break
    if (visible < batchSize && batchingWindowSeconds > 0 && !mapping.isWindowOver) {
      openWindow(mapping)
      break
    }
    const batch = queue.receive(batchSize, undefined, MAX_BATCH_BYTES)
    if (batch.length > 0) void work(mapping, batch)
  }
  mapping.isWindowOver = false
  countWork(mapping)
}

async function work(mapping: MappingState, batch: Received[]): Promise<void> {
  const { queue, invoker, declaration } = mapping
  mapping.running++
  closeWindow(mapping)
  const event = { Records: batch.map((message) => record(message, queue.declaration.arn)) }
  const ids = batch.map(({ id }) => id)
  let failed = new Set(ids)
  try {
    const { payload, functionError } = await invoker.invoke(declaration.functionName, event)
    if (functionError === null)
      failed = declaration.reportsBatchItemFailures ? failedMessages(payload, ids) : new Set()
  } catch {
    // The invocation was not accepted at all: the batch comes back with its visibility timeout.
  }
  for (const { id, receiptHandle } of batch) if (!failed.has(id)) queue.remove(receiptHandle)
  mapping.running--
  poll(mapping)
}

/**
 * The event source mapping from a queue to a function: woken by messages that become visible, it
 * invokes with batches, deletes what succeeded and leaves what failed to its visibility timeout.
 * Visible messages count as work under way, except while a batching window (virtual time) is open.
 */
export function mapEventSource(options: EventSourceOptions): EventSource {
  const mapping: MappingState = {
    ...options,
    running: 0,
    window: null,
    isWindowOver: false,
    isScheduled: false,
    isClosed: !options.declaration.enabled,
    end: null,
  }
  mapping.queue.onVisible(() => wake(mapping))
  return {
    close() {
      mapping.isClosed = true
      closeWindow(mapping)
      countWork(mapping)
    },
  }
}
