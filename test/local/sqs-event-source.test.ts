import { setTimeout as pause } from 'node:timers/promises'
import type { SQSEvent } from 'aws-lambda'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createActivity } from '../../cdk/local/activity.ts'
import { createClock } from '../../cdk/local/clock.ts'
import type { InvokeAnswer } from '../../cdk/local/ports.ts'
import { type EventSourceDeclaration, mapEventSource } from '../../cdk/local/sqs/event-source.ts'
import { md5OfAttributes } from '../../cdk/local/sqs/md5.ts'
import { createQueues } from '../../cdk/local/sqs/queues.ts'

const START_MS = Date.UTC(2026, 0, 5)
const arn = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`
type Handler = (bodies: string[], event: SQSEvent) => Promise<unknown> | unknown
const fault = Symbol('a function error')

/** A queue, its dead letters and a function; what the function answers is the handler's. */
function connect(handler: Handler, over: Partial<EventSourceDeclaration> = {}) {
  const activity = createActivity()
  const clock = createClock(START_MS, activity)
  const queues = createQueues(
    [
      {
        name: 'drops',
        arn: arn('drops'),
        visibilityTimeoutSeconds: 60,
        redrive: { deadLetterArn: arn('dead'), maxReceiveCount: 3 },
      },
      { name: 'dead', arn: arn('dead'), visibilityTimeoutSeconds: 30, redrive: null },
    ],
    clock,
  )
  const queue = queues.find('drops')
  const source = mapEventSource({
    declaration: {
      functionName: 'Intake',
      batchSize: 10,
      batchingWindowSeconds: 0,
      maximumConcurrency: null,
      reportsBatchItemFailures: true,
      enabled: true,
      ...over,
    },
    queue,
    clock,
    activity,
    invoker: {
      async invoke(name, payload): Promise<InvokeAnswer> {
        expect(name).toBe('Intake')
        const event = payload as SQSEvent
        const answer = await handler(
          event.Records.map(({ body }) => body),
          event,
        )
        return answer === fault
          ? { payload: { errorMessage: 'down' }, functionError: 'Unhandled' }
          : { payload: answer ?? null, functionError: null }
      },
    },
  })
  const send = (body: string) => queue.send({ body, attributes: {} })
  return { clock, activity, queues, queue, source, send }
}
const empty = { visible: 0, hidden: 0, delayed: 0 }

describe('An event source mapping', () => {
  test('A mapping delivers records in the shape that AWS documents', async () => {
    const events: SQSEvent[] = []
    const { activity, queue } = connect((_bodies, event) => void events.push(event))
    queue.send({
      body: 'one',
      attributes: { kind: { DataType: 'String', StringValue: 'events' } },
    })
    await activity.idle()
    expect(events).toEqual([
      {
        Records: [
          {
            messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            receiptHandle: expect.any(String),
            body: 'one',
            attributes: {
              ApproximateReceiveCount: '1',
              SentTimestamp: String(START_MS),
              SenderId: '000000000000',
              ApproximateFirstReceiveTimestamp: String(START_MS),
            },
            messageAttributes: {
              kind: {
                dataType: 'String',
                stringValue: 'events',
                stringListValues: [],
                binaryListValues: [],
              },
            },
            // MD5 of "one".
            md5OfMessageAttributes: md5OfAttributes({
              kind: { DataType: 'String', StringValue: 'events' },
            }),
            md5OfBody: 'f97c5d29941bfb1b2fdab0874906ab82',
            eventSource: 'aws:sqs',
            eventSourceARN: arn('drops'),
            awsRegion: 'us-east-1',
          },
        ],
      },
    ])
    expect(queue.counts()).toEqual(empty)
  })

  test('A mapping batches messages that arrive together, up to the batch size', async () => {
    const batches: string[][] = []
    const { activity, send } = connect((bodies) => void batches.push(bodies), { batchSize: 3 })
    for (const body of ['a', 'b', 'c', 'd']) send(body)
    await activity.idle()
    expect(batches).toEqual([['a', 'b', 'c'], ['d']])
  })

  test('A mapping keeps a batch within the payload limit of a function', async () => {
    const sizes: number[] = []
    const { activity, send } = connect(
      (_bodies, event) => void sizes.push(Buffer.byteLength(JSON.stringify(event))),
    )
    // Every quote is escaped once more on the way.
    for (let n = 0; n < 8; n++) send('"'.repeat(1_000_000))
    await activity.idle()
    expect(sizes).toHaveLength(4)
    expect(Math.max(...sizes)).toBeLessThan(6 * 1024 * 1024)
  })

  test('A mapping waits for a fuller batch during its window', async () => {
    const batches: [number, string[]][] = []
    const { clock, send } = connect(
      (bodies) => void batches.push([(clock.now() - START_MS) / 1000, bodies]),
      { batchSize: 3, batchingWindowSeconds: 5 },
    )
    send('a')
    await clock.advanceTo(START_MS + 2000)
    send('b')
    await clock.advanceTo(START_MS + 10_000)
    for (const body of ['c', 'd', 'e']) send(body)
    await clock.advanceTo(START_MS + 20_000)
    expect(batches).toEqual([
      [5, ['a', 'b']],
      [10, ['c', 'd', 'e']],
    ])
  })

  test('A mapping runs no more batches than its maximum concurrency', async () => {
    let running = 0
    let most = 0
    const { activity, queue, send } = connect(
      async () => {
        most = Math.max(most, ++running)
        await pause(5)
        running--
      },
      { batchSize: 1, maximumConcurrency: 2 },
    )
    for (let n = 0; n < 7; n++) send(String(n))
    await activity.idle()
    expect(most).toBe(2)
    expect(queue.counts()).toEqual(empty)
  })

  test('Time does not move while a mapping processes a message', async () => {
    const { clock, send } = connect(async () => {
      await pause(20)
      expect(clock.now()).toBe(START_MS)
    })
    send('slow')
    await clock.advanceTo(START_MS + 3_600_000)
  })

  test('Only the failed messages of a batch return after the visibility timeout', async () => {
    const calls: [number, string[]][] = []
    const { clock, send, queues } = connect((bodies, event) => {
      calls.push([(clock.now() - START_MS) / 1000, bodies])
      const bad = event.Records.filter(({ body }) => body === 'bad')
      return { batchItemFailures: bad.map(({ messageId }) => ({ itemIdentifier: messageId })) }
    })
    send('good')
    send('bad')
    await clock.drain()
    expect(calls).toEqual([
      [0, ['good', 'bad']],
      [60, ['bad']],
      [120, ['bad']],
    ])
    expect(queues.deadLetters()).toBe(1)
  })

  test('A function error or unknown id returns the whole batch', async () => {
    for (const answer of [fault, { batchItemFailures: [{ itemIdentifier: 'nobody' }] }]) {
      const calls: string[][] = []
      const { clock, send } = connect((bodies) => {
        calls.push(bodies)
        return calls.length === 1 ? answer : null
      })
      send('a')
      send('b')
      await clock.drain()
      expect(calls).toEqual([
        ['a', 'b'],
        ['a', 'b'],
      ])
    }
  })

  test('Without item failure reports, any answer counts as success', async () => {
    const { clock, send, queue } = connect(
      (_bodies, event) => ({
        batchItemFailures: [{ itemIdentifier: event.Records[0]!.messageId }],
      }),
      { reportsBatchItemFailures: false },
    )
    send('a')
    await clock.drain()
    expect(queue.counts()).toEqual(empty)
    expect(clock.now()).toBe(START_MS)
  })

  test('A disabled or closed mapping leaves messages and time alone', async () => {
    const disabled = connect(() => expect.fail('it was invoked'), { enabled: false })
    disabled.send('a')
    await disabled.clock.advanceTo(START_MS + 1000)
    const closed = connect(() => expect.fail('it was invoked'))
    closed.send('a')
    closed.source.close()
    await closed.clock.advanceTo(START_MS + 1000)
    expect(closed.queue.counts().visible).toBe(1)
  })

  test('A mapping loses and invents no message, however often batches fail', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 8 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        async (hours, batchSize) => {
          const done: string[] = []
          const { clock, send, queue, queues } = connect(
            (bodies, event) => {
              const { ApproximateReceiveCount } = event.Records[0]!.attributes
              const attempt = Number(ApproximateReceiveCount)
              const failed = event.Records.filter(
                ({ body }) => Number(body.split('-')[1]) >= attempt,
              )
              done.push(...bodies.filter((body) => Number(body.split('-')[1]) < attempt))
              return {
                batchItemFailures: failed.map((each) => ({ itemIdentifier: each.messageId })),
              }
            },
            { batchSize },
          )
          const sent: string[] = []
          for (const [hour, failures] of hours.entries()) {
            await clock.advanceTo(START_MS + hour * 3_600_000)
            failures.forEach((times, n) => {
              sent.push(`${hour}.${n}-${times}`)
              send(sent.at(-1)!)
            })
          }
          await clock.drain()
          expect(queue.counts()).toEqual(empty)
          const letters = queues
            .find('dead')
            .receive(1000)
            .map(({ body }) => body)
          expect([...done, ...letters].sort()).toEqual(sent.sort())
        },
      ),
      { seed: 9, numRuns: 25 },
    )
  })
})
