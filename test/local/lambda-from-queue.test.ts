import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createActivity } from '../../cdk/local/activity.ts'
import { createClock } from '../../cdk/local/clock.ts'
import { createEventBus } from '../../cdk/local/event-bus/event-bus.ts'
import { createFunctionPool } from '../../cdk/local/lambda/function-pool.ts'
import { mapEventSource } from '../../cdk/local/sqs/event-source.ts'
import { createQueues } from '../../cdk/local/sqs/queues.ts'

const START_MS = Date.UTC(2026, 0, 5)
const arn = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`
const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A rule to a queue to a function in its own process, which asks a service for each record. */
async function connect() {
  const activity = createActivity()
  const clock = createClock(START_MS, activity)
  const requests: string[] = []
  const server = createServer((request, response) => {
    if (!pool.requestArrived('intake')) {
      request.socket.destroy()
      return
    }
    requests.push(request.url!)
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const logDirectory = mkdtempSync(join(tmpdir(), 'queue-'))
  const failures: boolean[] = []
  const pool = createFunctionPool({
    declarations: [
      {
        name: 'Intake',
        stage: 'intake',
        directory: join(import.meta.dirname, 'fixtures', 'lambda', 'consumer'),
        handler: 'index.handler',
        environment: {},
        timeoutSeconds: 10,
        memoryMiB: 256,
        concurrency: null,
        role: 'IntakeRole',
      },
    ],
    endpointUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clock,
    activity,
    usage: {
      invocation: (_stage, _seconds, failed) => void failures.push(failed),
      memory: () => {},
      request: () => {},
    },
    logDirectory,
    temporaryDirectory: join(logDirectory, 'tmp'),
    credentials: () => ({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' }),
    onLost: ({ what, reason }) => expect.fail(`${what}: ${reason}`),
  })
  const queues = createQueues(
    [
      {
        name: 'drops',
        arn: arn('drops'),
        visibilityTimeoutSeconds: 60,
        redrive: { deadLetterArn: arn('dead'), maxReceiveCount: 2 },
      },
      { name: 'dead', arn: arn('dead'), visibilityTimeoutSeconds: 30, redrive: null },
    ],
    clock,
  )
  const source = mapEventSource({
    declaration: {
      functionName: 'Intake',
      batchSize: 10,
      batchingWindowSeconds: 0,
      maximumConcurrency: 2,
      reportsBatchItemFailures: true,
      enabled: true,
    },
    queue: queues.find('drops'),
    invoker: pool,
    clock,
    activity,
  })
  const bus = createEventBus({
    rules: [
      {
        name: 'drops',
        arn: 'arn:aws:events:us-east-1:000000000000:rule/drops',
        pattern: { source: ['aws.s3'], detail: { object: { key: [{ prefix: 'raw/' }] } } },
        enabled: true,
        targets: [
          {
            id: 'Target0',
            arn: arn('drops'),
            role: null,
            input: null,
            inputPath: null,
            inputTransformer: null,
            deadLetterArn: null,
          },
        ],
      },
    ],
    clock,
    activity,
    onLost: ({ what, reason }) => expect.fail(`${what}: ${reason}`),
  })
  bus.connect((target) => queues.deliverTo(target))
  closing.push(
    () => rmSync(logDirectory, { recursive: true }),
    () => {
      server.close()
      server.closeAllConnections()
    },
    () => pool.close(),
    () => source.close(),
  )
  const put = (key: string): void =>
    bus.publish({
      source: 'aws.s3',
      'detail-type': 'Object Created',
      resources: ['arn:aws:s3:::raw'],
      detail: { object: { key } },
    })
  return { clock, queues, pool, put, requests, failures }
}

test('A put object is processed by the time the clock moves', async () => {
  const { clock, put, requests, queues } = await connect()
  put('raw/a')
  put('other/b')
  put('raw/c')
  await clock.advanceTo(START_MS + 1)
  expect(requests).toEqual(['/raw/a', '/raw/c'])
  expect(queues.find('drops').counts()).toEqual({ visible: 0, hidden: 0, delayed: 0 })
})

test('The batch of a killed process returns after the visibility timeout', async () => {
  const { clock, put, requests, pool, queues, failures } = await connect()
  pool.killDuring('intake', { afterRequests: 1 })
  put('raw/a')
  put('raw/b')
  await clock.advanceTo(START_MS + 59_999)
  expect(requests).toEqual(['/raw/a'])
  await clock.advanceTo(START_MS + 60_000)
  await clock.drain()
  expect(requests).toEqual(['/raw/a', '/raw/a', '/raw/b'])
  expect(failures).toEqual([true, false])
  expect(queues.deadLetters()).toBe(0)
})

test('A message that always fails becomes a dead letter; neighbours run once', async () => {
  const { clock, put, requests, queues } = await connect()
  put('raw/poison')
  put('raw/good')
  await clock.drain()
  expect(requests.filter((url) => url === '/raw/good')).toHaveLength(1)
  expect(requests.filter((url) => url === '/raw/poison')).toHaveLength(2)
  expect(queues.deadLetters()).toBe(1)
})
