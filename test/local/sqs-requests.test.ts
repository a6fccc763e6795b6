import { DeleteMessageCommand, SendMessageBatchCommand, TagQueueCommand } from '@aws-sdk/client-sqs'
import { describe, expect, test } from 'vitest'
import { failedMessages } from '../../cdk/local/sqs/batch-response.ts'
import { createQueues } from '../../cdk/local/sqs/queues.ts'
import { arn, clock, DECLARATIONS, openQueuesForEach, QueueUrl, send, sqs } from './sqs-queues.ts'

openQueuesForEach()

describe('A request', () => {
  test('A bad request is refused with the matching SDK error class', async () => {
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

  test('A request without a grant is denied with its action and queue', async () => {
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

describe('The declared queues', () => {
  test('An unsupported queue declaration is refused by its name', () => {
    const fifo = { name: 'a.fifo', arn: arn('a.fifo'), visibilityTimeoutSeconds: 1, redrive: null }
    expect(() => createQueues([fifo], clock)).toThrow('queue a.fifo: FIFO queues')
    expect(() => createQueues([DECLARATIONS[0]!], clock)).toThrow(
      `queue drops: its dead-letter queue ${arn('dead')} is not declared`,
    )
  })
})

describe('A batch answer', () => {
  const ids = ['m1', 'm2']
  test('The batch answer names the messages that failed', () => {
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
  ])('The batch answer %j counts as success', (answer) =>
    expect(failedMessages(answer, ids).size).toBe(0),
  )

  test.each([
    [{ batchItemFailures: [{ itemIdentifier: '' }] }],
    [{ batchItemFailures: [{ itemIdentifier: null }] }],
    [{ batchItemFailures: [{ id: 'm1' }] }],
    [{ batchItemFailures: [{ itemIdentifier: 'm1' }, { itemIdentifier: 'm9' }] }],
    [{ batchItemFailures: [null] }],
    [{ batchItemFailures: 'm1' }],
    ['done'],
  ])('The batch answer %j fails the whole batch', (answer) =>
    expect([...failedMessages(answer, ids)]).toEqual(ids),
  )
})
