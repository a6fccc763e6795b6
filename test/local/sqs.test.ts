import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { md5OfAttributes } from '../../cdk/local/sqs/md5.ts'
import {
  arn,
  clock,
  openQueuesForEach,
  QueueUrl,
  queues,
  START_MS,
  send,
  sqs,
} from './sqs-queues.ts'

const receive = async (more = {}) =>
  (await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more })))
    .Messages ?? []
const seconds = (n: number) => clock.advanceTo(clock.now() + n * 1000)

openQueuesForEach()

describe('A queue', () => {
  test('A queue returns sent messages with the digests that the SDK checks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/), fc.string({ minLength: 1 }), {
          maxKeys: 5,
        }),
        async (body, texts) => {
          const attributes = Object.fromEntries(
            Object.entries(texts).map(([name, StringValue]) => [
              name,
              { DataType: 'String', StringValue },
            ]),
          )
          await send(body, { MessageAttributes: attributes })
          const [message] = await receive({ MessageAttributeNames: ['All'] })
          expect(message!.Body).toBe(body)
          expect(message!.MessageAttributes ?? {}).toEqual(attributes)
          await sqs.send(
            new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message!.ReceiptHandle! }),
          )
        },
      ),
      { seed: 5, numRuns: 40 },
    )
  })

  test.each([
    [
      'LocalStack',
      { timestamp: { DataType: 'Number', StringValue: '1493147359900' } },
      '235c5c510d26fb653d073faed50ae77c',
    ],
    [
      'sqslite',
      {
        ordinal: { DataType: 'Number', StringValue: '1' },
        category: { DataType: 'String', StringValue: 'test' },
      },
      'd21ae90c49061e927f57df5f5d72be1f',
    ],
  ])('A queue digests attributes like the tests of %s', (_implementation, attributes, digest) =>
    expect(md5OfAttributes(attributes)).toBe(digest),
  )

  test('A received message is hidden until its timeout, and receives are counted', async () => {
    await send('one')
    const [first] = await receive({ MessageSystemAttributeNames: ['All'] })
    expect(first!.Attributes).toMatchObject({
      ApproximateReceiveCount: '1',
      SentTimestamp: String(START_MS),
      ApproximateFirstReceiveTimestamp: String(START_MS),
      SenderId: 'IntakeRole',
    })
    await seconds(59)
    expect(await receive()).toEqual([])
    await seconds(1)
    const [second] = await receive({ MessageSystemAttributeNames: ['ApproximateReceiveCount'] })
    expect(second!.MessageId).toBe(first!.MessageId)
    expect(second!.Attributes).toEqual({ ApproximateReceiveCount: '2' })
  })

  test('A message moves to the dead-letter queue after its last allowed receive', async () => {
    await send('poison')
    for (let n = 0; n < 2; n++) {
      expect(await receive()).toHaveLength(1)
      await seconds(60)
    }
    expect(queues.deadLetters()).toBe(0)
    expect(await receive()).toEqual([])
    expect(queues.deadLetters()).toBe(1)
    const [letter] = await receive({
      QueueUrl: QueueUrl.replace('drops', 'dead'),
      MessageSystemAttributeNames: ['DeadLetterQueueSourceArn', 'SentTimestamp'],
    })
    expect(letter).toMatchObject({
      Body: 'poison',
      Attributes: {
        DeadLetterQueueSourceArn: arn('drops'),
        SentTimestamp: String(START_MS),
      },
    })
  })

  test('A queue redrives its dead letters to their source', async () => {
    await send('again')
    for (let n = 0; n < 3; n++) {
      await receive()
      await seconds(60)
    }
    expect(queues.deadLetters()).toBe(1)
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn('dead') }))
    expect(queues.deadLetters()).toBe(0)
    expect((await receive()).map(({ Body }) => Body)).toEqual(['again'])
  })

  test('A delete needs the latest handle; an earlier one keeps the message', async () => {
    await send('one')
    const [early] = await receive()
    await seconds(60)
    const [late] = await receive()
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: early!.ReceiptHandle! }))
    expect(queues.find('drops').counts().hidden).toBe(1)
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: late!.ReceiptHandle! }))
    expect(queues.find('drops').counts()).toEqual({ visible: 0, hidden: 0, delayed: 0 })
  })

  test('A message reappears sooner or later when its visibility changes', async () => {
    await send('one')
    const change = async (VisibilityTimeout: number) => {
      const [message] = await receive()
      const { ReceiptHandle } = message!
      await sqs.send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }),
      )
    }
    await change(0)
    await change(100)
    await seconds(99)
    expect(queues.find('drops').counts().hidden).toBe(1)
    await seconds(1)
    expect(queues.find('drops').counts().visible).toBe(1)
  })

  test('A queue delays a message by virtual time', async () => {
    await send('later', { DelaySeconds: 5 })
    expect(await receive()).toEqual([])
    await seconds(5)
    expect(await receive()).toHaveLength(1)
  })

  test('A message that would return after its retention is dropped', async () => {
    const dead = queues.find('dead')
    const days = async (n: number) => {
      await seconds(n * 86_400)
      return dead.counts().visible
    }
    dead.send({ body: 'old', attributes: {} })
    dead.receive(1, 43_200)
    expect(await days(0.5)).toBe(1)
    for (let n = 0; n < 7; n++) {
      dead.receive(1, 43_200)
      expect(await days(0.5)).toBe(1)
    }
    dead.receive(1, 43_200)
    expect(await days(0.5)).toBe(0)
  })

  test('Batches of sends and deletes get an answer for each entry', async () => {
    const sent = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'a', MessageBody: 'A' },
          { Id: 'b', MessageBody: '' },
          { Id: 'c', MessageBody: 'C' },
        ],
      }),
    )
    expect(sent.Successful!.map(({ Id }) => Id)).toEqual(['a', 'c'])
    expect(sent.Failed).toMatchObject([{ Id: 'b', Code: 'MissingParameter', SenderFault: true }])
    const messages = await receive()
    const deleted = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'x', ReceiptHandle: messages[0]!.ReceiptHandle! },
          { Id: 'y', ReceiptHandle: 'nonsense' },
        ],
      }),
    )
    expect(deleted.Successful).toMatchObject([{ Id: 'x' }])
    expect(deleted.Failed).toMatchObject([{ Id: 'y', Code: 'ReceiptHandleIsInvalid' }])
  })

  test('A queue reports its URL, attributes and counts, and can be purged', async () => {
    const found = await sqs.send(new GetQueueUrlCommand({ QueueName: 'drops' }))
    expect(found.QueueUrl).toBe(QueueUrl)
    await send('one')
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    )
    expect(Attributes).toEqual({
      QueueArn: arn('drops'),
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '0',
      ApproximateNumberOfMessagesDelayed: '0',
      VisibilityTimeout: '60',
      MessageRetentionPeriod: '345600',
      DelaySeconds: '0',
      MaximumMessageSize: '1048576',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn('dead'), maxReceiveCount: 2 }),
    })
    await sqs.send(new PurgeQueueCommand({ QueueUrl }))
    expect(await receive()).toEqual([])
    const listed = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'd' }))
    expect(listed.QueueUrls!.map((url) => url.split('/').at(-1))).toEqual(['drops', 'dead'])
  })
})
