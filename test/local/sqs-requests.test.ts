import { DeleteMessageCommand, SendMessageBatchCommand, TagQueueCommand } from '@aws-sdk/client-sqs'
import { describe, expect, test } from 'vitest'
import { failedMessages } from '../../cdk/local/sqs/batch-response.ts'
import { createQueues } from '../../cdk/local/sqs/queues.ts'
import { arn, clock, DECLARATIONS, openQueuesForEach, QueueUrl, send, sqs } from './sqs-queues.ts'

openQueuesForEach()

describe('a request', () => {
  test('is refused by the error class that the SDK has for it', async () => {
    const elsewhere = QueueUrl.replace('drops', 'nowhere')
    await expect(send('x', { QueueUrl: elsewhere })).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      message: `no queue ${elsewhere} in the templates`,
    })
    await expect(
      sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'nonsense' })),
    ).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' })
    await expect(send('\u0001')).rejects.toMatchObject({ name: 'InvalidMessageContents' })
    await expect(send('x'.repeat(1024 * 1024 + 1))).rejects.toThrow(
      'a message of 1048577 bytes: at most 1048576 are allowed',
    )
    await expect(
      sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [] })),
    ).rejects.toMatchObject({ name: 'EmptyBatchRequest' })
    await expect(sqs.send(new TagQueueCommand({ QueueUrl, Tags: {} }))).rejects.toThrow(
      'the local cloud has no sqs:TagQueue',
    )
  })

  test('without a grant is denied with the action and the queue', async () => {
    const entries = [{ Id: 'a', MessageBody: 'A' }]
    const QueueUrlOfSecret = QueueUrl.replace('drops', 'secret')
    await expect(
      sqs.send(new SendMessageBatchCommand({ QueueUrl: QueueUrlOfSecret, Entries: entries })),
    ).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `intake is not allowed sqs:SendMessage on ${arn('secret')}`,
    })
  })
})

describe('the declared queues', () => {
  test('are refused by name where the local cloud cannot keep their promise', () => {
    const fifo = { name: 'a.fifo', arn: arn('a.fifo'), visibilityTimeoutSeconds: 1, redrive: null }
    expect(() => createQueues([fifo], clock)).toThrow('queue a.fifo: FIFO queues')
    expect(() => createQueues([DECLARATIONS[0]!], clock)).toThrow(
      `queue drops: its dead-letter queue ${arn('dead')} is not declared`,
    )
  })
})

describe('the answer to a batch', () => {
  const ids = ['m1', 'm2']
  test('names the messages that failed', () => {
    const answer = { batchItemFailures: [{ itemIdentifier: 'm2' }] }
    expect([...failedMessages(answer, ids)]).toEqual(['m2'])
  })

  test.each([
    [null],
    [undefined],
    [''],
    [{}],
    [{ batchItemFailures: null }],
    [{ batchItemFailures: [] }],
  ])('is success when it is %j', (answer) => expect(failedMessages(answer, ids).size).toBe(0))

  test.each([
    [{ batchItemFailures: [{ itemIdentifier: '' }] }],
    [{ batchItemFailures: [{ itemIdentifier: null }] }],
    [{ batchItemFailures: [{ id: 'm1' }] }],
    [{ batchItemFailures: [{ itemIdentifier: 'm1' }, { itemIdentifier: 'm9' }] }],
    [{ batchItemFailures: [null] }],
    [{ batchItemFailures: 'm1' }],
    ['done'],
  ])('fails the whole batch when it is %j', (answer) =>
    expect([...failedMessages(answer, ids)]).toEqual(ids),
  )
})
