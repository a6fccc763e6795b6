import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  CloudWatchLogsClient,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogLines } from '../../cdk/local/logs/lines.ts'
import { logsService } from '../../cdk/local/logs/service.ts'

const GROUP = '/aws/lambda/intake'
let nowMs = 1000
const lines = createLogLines([GROUP], () => nowMs)
const service = logsService(lines)
const server = createServer((request, response) => {
  void service.handle(
    request,
    response,
    { stage: 'operator', role: null },
    new URL(request.url!, 'http://127.0.0.1'),
  )
})
let client: CloudWatchLogsClient
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  client = new CloudWatchLogsClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    maxAttempts: 1,
  })
  const print = (stream: string, text: string, atMs: number): void => {
    nowMs = atMs
    lines.append(GROUP, stream, Buffer.from(text))
  }
  print('a', 'INFO drop taken in\nINFO half ', 1000)
  print('b', 'ERROR of another process\n', 2000)
  print('a', 'a line\n', 3000)
  for (let n = 0; n < 5; n++) print('a', `INFO line ${n}\n`, 4000 + n)
})
afterAll(() => {
  client.destroy()
  server.closeAllConnections()
  server.close()
})
const filter = async (more: object): Promise<string[]> => {
  const asked = new FilterLogEventsCommand({ logGroupName: GROUP, ...more })
  return (await client.send(asked)).events!.map(({ message }) => message!)
}

describe('The local logs', () => {
  test('Output printed in parts becomes one line, separate from other processes', async () => {
    expect((await filter({})).slice(0, 3)).toEqual([
      'INFO drop taken in',
      'ERROR of another process',
      'INFO half a line',
    ])
  })

  test('Logs are filtered by terms, phrases, alternatives and exclusions', async () => {
    expect(await filter({ filterPattern: 'INFO "taken in"' })).toEqual(['INFO drop taken in'])
    expect(await filter({ filterPattern: '?ERROR ?half' })).toHaveLength(2)
    expect(await filter({ filterPattern: 'INFO -line' })).toEqual(['INFO drop taken in'])
    await expect(filter({ filterPattern: '{ $.level = "ERROR" }' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })
  })

  test('Logs are selected by time and by stream', async () => {
    expect(await filter({ startTime: 2000, endTime: 3000 })).toHaveLength(2)
    expect(await filter({ logStreamNames: ['b'] })).toEqual(['ERROR of another process'])
  })

  test('Tokens page logs forwards without gaps and backwards to the start', async () => {
    const stream = { logGroupName: GROUP, logStreamName: 'a', limit: 3 }
    const last = await client.send(new GetLogEventsCommand(stream))
    expect(last.events!.map(({ message }) => message)).toEqual(
      [2, 3, 4].map((n) => `INFO line ${n}`),
    )
    const before = await client.send(
      new GetLogEventsCommand({ ...stream, nextToken: last.nextBackwardToken }),
    )
    expect(before.events!.map(({ message }) => message)).toEqual([
      'INFO half a line',
      'INFO line 0',
      'INFO line 1',
    ])
    const nothing = { ...stream, nextToken: last.nextForwardToken }
    const atEnd = await client.send(new GetLogEventsCommand(nothing))
    expect(atEnd.events).toEqual([])
    // A client that follows stops where the token stays the same.
    expect(atEnd.nextForwardToken).toBe(last.nextForwardToken)
  })

  test('Log streams are listed, latest first when requested', async () => {
    const { logStreams } = await client.send(
      new DescribeLogStreamsCommand({
        logGroupName: GROUP,
        orderBy: 'LastEventTime',
        descending: true,
      }),
    )
    expect(logStreams!.map(({ logStreamName }) => logStreamName)).toEqual(['a', 'b'])
    expect(logStreams![0]).toMatchObject({ firstEventTimestamp: 1000, lastEventTimestamp: 4004 })
  })
})
