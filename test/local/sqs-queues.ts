import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterEach, beforeEach } from 'vitest'
import { createActivity } from '../../cdk/local/activity.ts'
import { createClock, type VirtualClock } from '../../cdk/local/clock.ts'
import { createQueues, type Queues } from '../../cdk/local/sqs/queues.ts'
import { sqsService } from '../../cdk/local/sqs/service.ts'

export const START_MS = Date.UTC(2026, 0, 5)

export const arn = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`

export const DECLARATIONS = [
  {
    name: 'drops',
    arn: arn('drops'),
    visibilityTimeoutSeconds: 60,
    redrive: { deadLetterArn: arn('dead'), maxReceiveCount: 2 },
  },
  { name: 'dead', arn: arn('dead'), visibilityTimeoutSeconds: 30, redrive: null },
  { name: 'secret', arn: arn('secret'), visibilityTimeoutSeconds: 30, redrive: null },
]

export let clock: VirtualClock

export let queues: Queues

export let sqs: SQSClient

let stop: () => void

export let QueueUrl: string

export const send = (MessageBody: string, more = {}) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }))

export function openQueuesForEach(): void {
  beforeEach(async () => {
    clock = createClock(START_MS, createActivity())
    queues = createQueues(DECLARATIONS, clock)
    const service = sqsService(queues, (caller, action, resource) => ({
      allowed: resource !== arn('secret'),
      reason: `${caller.stage} is not allowed ${action} on ${resource}`,
    }))
    const server = createServer((request, response) => {
      service.handle(
        request,
        response,
        { stage: 'intake', role: 'IntakeRole' },
        new URL(request.url!, 'http://127.0.0.1'),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    QueueUrl = `${endpoint}/000000000000/drops`
    sqs = new SQSClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    })
    stop = () => {
      sqs.destroy()
      server.close()
      server.closeAllConnections()
    }
  })
  afterEach(() => stop())
}
