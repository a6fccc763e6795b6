import { SFNClient } from '@aws-sdk/client-sfn'
import { describe, expect, test } from 'vitest'
import { stepFunctions } from '../../functions/core/executions.ts'
import { openEndpoint } from './endpoint.ts'
import { ARN, connect, failing, run, task } from './state-machine.ts'

describe('an execution of a state machine', () => {
  test('An execution beyond its timeout is timed out, whatever its function does', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const definition = {
      TimeoutSeconds: 60,
      StartAt: 'Do',
      States: { Do: task('work', { Next: 'After' }), After: task('after', { End: true }) },
    }
    const { machines, activity, calls, events, clock } = connect(definition, () => promise)
    await machines.deliverTo(ARN)({})
    await clock.advanceTo(59_999)
    const [execution] = machines.executions()
    expect(execution!.status).toBe('RUNNING')
    await clock.advanceTo(60_000)
    await activity.idle()
    expect(execution).toMatchObject({
      status: 'TIMED_OUT',
      error: 'States.Timeout',
      stopMs: 60_000,
    })
    expect(events.map(({ detail }) => detail['status'])).toEqual(['RUNNING', 'TIMED_OUT'])
    resolve()
    await new Promise(setImmediate)
    expect(calls.map(([name]) => name)).toEqual(['work'])
    expect(execution!.status).toBe('TIMED_OUT')
  })

  test('An execution that ends in time leaves the clock nothing to await', async () => {
    const definition = {
      TimeoutSeconds: 60,
      StartAt: 'Do',
      States: { Do: task('a', { End: true }) },
    }
    const { clock, execution } = await run(definition, {}, () => null)
    await clock.drain()
    expect([clock.now(), execution.status]).toEqual([0, 'SUCCEEDED'])
  })

  test('A name repeats only while it runs with the same input', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const definition = { StartAt: 'Do', States: { Do: task('work', { End: true }) } }
    const { machines, activity } = connect(definition, () => promise)
    const endpoint = await openEndpoint({ services: [machines] })
    const client = new SFNClient({
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'OPERATOR', secretAccessKey: 'x' },
    })
    const runs = stepFunctions(ARN, client)
    const runOf = (tier: 'daily' | 'full') => ({
      scene: 'feed',
      tier,
      arm: 'served' as const,
      scheduledTime: '2026-01-05T03:00:00Z',
    })
    expect(await runs.start('monday', runOf('daily'))).toBe(true)
    expect(await runs.start('monday', runOf('daily'))).toBe(true)
    expect(await runs.start('monday', runOf('full'))).toBe(false)
    resolve()
    await activity.idle()
    expect(await runs.start('monday', runOf('daily'))).toBe(false)
    expect(machines.executions()).toHaveLength(1)
    client.destroy()
    await endpoint.close()
  })

  test('An execution reports its start and end to the event bus', async () => {
    const { events } = await run(
      { StartAt: 'Do', States: { Do: task('work', { End: true }) } },
      {},
      () => failing('Broken'),
    )
    expect(events.map(({ detail }) => detail['status'])).toEqual(['RUNNING', 'FAILED'])
  })

  test.each([
    [
      { QueryLanguage: 'JSONata', StartAt: 'A', States: { A: { Type: 'Pass', End: true } } },
      /the query language JSONata is not supported|JSONata/,
    ],
    [
      { StartAt: 'A', States: { A: task('work', { TimeoutSeconds: 5, End: true }) } },
      /A: TimeoutSeconds is not supported on the local cloud/,
    ],
    [
      { StartAt: 'A', States: { A: { Type: 'Wait', Seconds: 5, End: true } } },
      /A: a Wait state is not supported on the local cloud/,
    ],
    [
      {
        StartAt: 'A',
        States: { A: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', End: true } },
      },
      /the integration arn:aws:states:::sqs:sendMessage is not supported/,
    ],
    [
      {
        StartAt: 'A',
        States: {
          A: {
            Type: 'Map',
            ItemReader: { Resource: 'arn:aws:states:::s3:getObject', Parameters: {} },
            ItemProcessor: {
              ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
              StartAt: 'B',
              States: { B: { Type: 'Pass', End: true } },
            },
            End: true,
          },
        },
      },
      /A: ItemReader is not supported on the local cloud/,
    ],
    [{ StartAt: 'Nowhere', States: { A: { Type: 'Pass', End: true } } }, /state machine machine/],
  ])('An unsupported state machine is refused by name: %j', async (definition, sentence) => {
    await expect(run(definition, {}, () => null)).rejects.toThrow(sentence)
  })
})
