import { ReceiveMessageCommand, SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createActivity } from '../../cdk/local/activity.ts'
import { createClock } from '../../cdk/local/clock.ts'
import { createQueues, type Queues } from '../../cdk/local/sqs/queues.ts'
import { sqsService } from '../../cdk/local/sqs/service.ts'
import {
  type DeadLetters,
  sendIfLasting,
  sqsDeadLetters,
} from '../../functions/core/dead-letters.ts'
import { CorruptArtifact, InvalidInput, isLasting } from '../../functions/core/errors.ts'
import { getJson } from '../../functions/core/objects.ts'
import { landedOf, readMessage } from '../../functions/intake/drop.ts'
import { type Endpoint, openEndpoint } from '../local/endpoint.ts'
import { memoryObjects } from '../make/memory-objects.ts'

const arn = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`
const urlOf = (name: string): string => `https://sqs.us-east-1.amazonaws.com/000000000000/${name}`

let endpoint: Endpoint
let client: SQSClient
let queues: Queues
let letters: DeadLetters
beforeAll(async () => {
  const declarations = [
    {
      name: 'drops',
      arn: arn('drops'),
      visibilityTimeoutSeconds: 60,
      redrive: { deadLetterArn: arn('dead'), maxReceiveCount: 4 },
    },
    { name: 'dead', arn: arn('dead'), visibilityTimeoutSeconds: 30, redrive: null },
  ]
  queues = createQueues(declarations, createClock(0, createActivity()))
  endpoint = await openEndpoint({ services: [sqsService(queues)] })
  client = new SQSClient({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'OPERATOR', secretAccessKey: 'x' },
    useQueueUrlAsEndpoint: false,
  })
  letters = sqsDeadLetters(urlOf('dead'), client)
})
afterAll(async () => {
  client?.destroy()
  await endpoint?.close()
})

describe('A failing message', () => {
  test('A message with a repeating error becomes a dead letter with it', async () => {
    expect(await sendIfLasting(letters, 'the body', new InvalidInput('no event'))).toBe(true)
    const { Messages } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: urlOf('dead'),
        MessageAttributeNames: ['All'],
        VisibilityTimeout: 0,
      }),
    )
    expect(Messages).toHaveLength(1)
    expect(Messages![0]).toMatchObject({
      Body: 'the body',
      MessageAttributes: {
        ERROR_CODE: { StringValue: 'InvalidInput' },
        ERROR_MESSAGE: { StringValue: 'no event' },
      },
    })
  })

  test('A given-up message returns to its queue as the runbook describes', async () => {
    await client.send(
      new StartMessageMoveTaskCommand({ SourceArn: arn('dead'), DestinationArn: arn('drops') }),
    )
    expect(queues.find(arn('dead')).counts().visible).toBe(0)
    expect(queues.find(arn('drops')).counts().visible).toBe(1)
  })

  test('A message with a temporary fault, or no dead-letter queue, is redelivered', async () => {
    const reset = Object.assign(new Error('reset'), { name: 'TimeoutError' })
    expect(await sendIfLasting(letters, 'the body', reset)).toBe(false)
    expect(queues.find(arn('dead')).counts().visible).toBe(0)
    const nowhere = sqsDeadLetters(urlOf('nothing'), client)
    expect(await sendIfLasting(nowhere, 'the body', new TypeError('a mistake'))).toBe(false)
  })
})

describe('A repeating error', () => {
  test('A message that is not an S3 event is a repeating error', () => {
    for (const body of ['no JSON', '{}', '{"time":"2026-01-05T00:00:00Z","detail":{}}']) {
      const read = () => landedOf(readMessage(body))
      expect(read).toThrow(InvalidInput)
      expect(read).toThrow(
        /^got a message that is not an "Object Created" event of S3: .*nothing was read/,
      )
    }
  })

  test('An object that breaks its schema raises a repeating, named error', async () => {
    const store = memoryObjects('lake')
    store.drop('a/plan.json', '{"cut off')
    const schema = { parse: (value: unknown) => value }
    const fault = await getJson(store, 'a/plan.json', schema).catch((error: Error) => error)
    expect(fault).toBeInstanceOf(CorruptArtifact)
    expect((fault as Error).message).toMatch(/^s3:\/\/lake\/a\/plan.json: /)
    expect(isLasting(fault)).toBe(true)
  })
})
