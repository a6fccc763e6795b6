import { uuidOf } from '../identifiers.ts'
import { ACCOUNT, type Clock } from '../ports.ts'
import { invalid, SqsError } from './errors.ts'
import { DEFAULT_RETENTION_SECONDS, MAX_VISIBILITY_SECONDS } from './limits.ts'
import { type MessageAttributes, md5OfAttributes, md5OfText } from './md5.ts'

export interface QueueDeclaration {
  name: string
  arn: string
  visibilityTimeoutSeconds: number
  redrive: { deadLetterArn: string; maxReceiveCount: number } | null
  /** Default 4 days, as on AWS. */
  retentionSeconds?: number
  /** Default 0. */
  delaySeconds?: number
}

export interface Message {
  id: string
  body: string
  md5OfBody: string
  attributes: MessageAttributes
  md5OfAttributes: string | null
  sentMs: number
  senderId: string
  firstReceivedMs: number | null
  receiveCount: number
  /** The queue that it was dead-lettered from. */
  sourceArn: string | null
}
export type Received = Message & { receiptHandle: string }
type Content = Pick<Message, 'body' | 'attributes'> & Partial<Message>

export interface Queue {
  readonly declaration: Required<QueueDeclaration>
  send(content: Content, delaySeconds?: number): Message
  /** Takes up to `max` visible messages of `maxBytes` together as JSON (at least one) and hides them. */
  receive(max: number, visibilityTimeoutSeconds?: number, maxBytes?: number): Received[]
  /** Does nothing for a handle of an earlier receive, as a standard queue does. */
  remove(receiptHandle: string): void
  changeVisibility(receiptHandle: string, seconds: number): void
  purge(): void
  counts(): { visible: number; hidden: number; delayed: number }
  /** Called, in the same tick, whenever a message became visible. */
  onVisible(listener: () => void): void
}

type State = 'delayed' | 'visible' | 'hidden'
interface Stored extends Message {
  state: State
  timer: { cancel(): void } | null
}
interface QueueState {
  declaration: Required<QueueDeclaration>
  clock: Clock
  deadLetter: (arn: string, message: Content) => void
  messages: Map<string, Stored>
  /** By state, each in the order in which its messages came into it. */
  inState: Record<State, Set<Stored>>
  listeners: (() => void)[]
  sent: number
}

const handleOf = (queue: string, { id, receiveCount }: Message): string =>
  Buffer.from(`${queue} ${id} ${receiveCount}`).toString('base64url')

function move({ inState }: QueueState, message: Stored, state: State): void {
  message.timer?.cancel()
  message.timer = null
  inState[message.state].delete(message)
  inState[state].add(message)
  message.state = state
}

function forget({ inState, messages }: QueueState, message: Stored): void {
  message.timer?.cancel()
  inState[message.state].delete(message)
  messages.delete(message.id)
}

function show(queue: QueueState, message: Stored): void {
  const { clock, declaration, listeners } = queue
  if (clock.now() - message.sentMs > declaration.retentionSeconds * 1000) {
    forget(queue, message)
    return
  }
  move(queue, message, 'visible')
  for (const listener of listeners) listener()
}

function hide(
  queue: QueueState,
  message: Stored,
  state: 'delayed' | 'hidden',
  seconds: number,
): void {
  const { clock } = queue
  move(queue, message, state)
  message.timer = clock.at(clock.now() + seconds * 1000, () => show(queue, message))
}

/** The message that a handle names, or null for one that is gone or was received again since. */
function held({ declaration: { name }, messages }: QueueState, handle: string): Stored | null {
  const [queue, id, count] = Buffer.from(handle, 'base64url').toString().split(' ')
  if (queue !== name || !id || !count)
    throw new SqsError('ReceiptHandleIsInvalid', `"${handle}" is no receipt handle of ${name}`)
  const message = messages.get(id)
  return message?.receiveCount === Number(count) ? message : null
}

function send(queue: QueueState, content: Content, delaySeconds: number): Message {
  const { declaration, clock, messages } = queue
  const { body, attributes } = content
  const message: Stored = {
    id: content.id ?? uuidOf(`message ${++queue.sent} of ${declaration.name}`),
    body,
    md5OfBody: md5OfText(body),
    attributes,
    md5OfAttributes: Object.keys(attributes).length > 0 ? md5OfAttributes(attributes) : null,
    sentMs: content.sentMs ?? clock.now(),
    senderId: content.senderId ?? ACCOUNT,
    firstReceivedMs: null,
    receiveCount: 0,
    sourceArn: content.sourceArn ?? null,
    state: 'delayed',
    timer: null,
  }
  messages.set(message.id, message)
  if (delaySeconds > 0) hide(queue, message, 'delayed', delaySeconds)
  else show(queue, message)
  return message
}

function receive(
  queue: QueueState,
  max: number,
  timeoutSeconds: number,
  maxBytes: number,
): Received[] {
  const { clock, inState } = queue
  const { name, arn, redrive } = queue.declaration
  const received: Received[] = []
  let bytes = 0
  for (const message of inState.visible) {
    if (received.length === max) break
    if (redrive && message.receiveCount >= redrive.maxReceiveCount) {
      forget(queue, message)
      queue.deadLetter(redrive.deadLetterArn, { ...message, sourceArn: arn })
      continue
    }
    bytes += Buffer.byteLength(JSON.stringify(message.body))
    if (received.length > 0 && bytes > maxBytes) break
    message.receiveCount++
    message.firstReceivedMs ??= clock.now()
    if (timeoutSeconds > 0) hide(queue, message, 'hidden', timeoutSeconds)
    received.push({ ...message, receiptHandle: handleOf(name, message) })
  }
  return received
}

function changeVisibility(queue: QueueState, receiptHandle: string, seconds: number): void {
  if (!(seconds >= 0 && seconds <= MAX_VISIBILITY_SECONDS))
    throw invalid(`a visibility timeout is 0 to ${MAX_VISIBILITY_SECONDS} s, not ${seconds}`)
  const message = held(queue, receiptHandle)
  if (message?.state !== 'hidden')
    throw new SqsError(
      'MessageNotInflight',
      `the message is not in flight in ${queue.declaration.name}`,
      'AWS.SimpleQueueService.MessageNotInflight',
    )
  if (seconds > 0) hide(queue, message, 'hidden', seconds)
  else show(queue, message)
}

/**
 * A standard queue. Hidden and delayed messages come back by timers of the virtual clock; one that
 * was received `maxReceiveCount` times is dead-lettered when it would be received again; one past
 * its retention is dropped. (Amazon SQS Developer Guide: visibility timeout, dead-letter queues.)
 */
export function createQueue(
  given: QueueDeclaration,
  clock: Clock,
  deadLetter: (arn: string, message: Content) => void,
): Queue {
  const declaration = { retentionSeconds: DEFAULT_RETENTION_SECONDS, delaySeconds: 0, ...given }
  const inState = {
    delayed: new Set<Stored>(),
    visible: new Set<Stored>(),
    hidden: new Set<Stored>(),
  }
  const messages = new Map<string, Stored>()
  const listeners: (() => void)[] = []
  const queue: QueueState = {
    declaration,
    clock,
    deadLetter,
    messages,
    inState,
    listeners,
    sent: 0,
  }
  return {
    declaration,
    send: (content, delaySeconds = declaration.delaySeconds) => send(queue, content, delaySeconds),
    receive: (
      max,
      timeoutSeconds = declaration.visibilityTimeoutSeconds,
      maxBytes = Number.POSITIVE_INFINITY,
    ) => receive(queue, max, timeoutSeconds, maxBytes),
    remove(receiptHandle) {
      const message = held(queue, receiptHandle)
      if (message) forget(queue, message)
    },
    changeVisibility: (receiptHandle, seconds) => changeVisibility(queue, receiptHandle, seconds),
    purge() {
      for (const message of [...messages.values()]) forget(queue, message)
    },
    counts: () => ({
      visible: inState.visible.size,
      hidden: inState.hidden.size,
      delayed: inState.delayed.size,
    }),
    onVisible: (listener) => void listeners.push(listener),
  }
}
