import { SFNClient } from '@aws-sdk/client-sfn'
import { describe, expect, test } from 'vitest'
import { createActivity, neverBusy } from '../../cdk/local/activity.ts'
import { type Authorize, allowAll } from '../../cdk/local/authorize.ts'
import { createClock } from '../../cdk/local/clock.ts'
import { createAuthorizer, type Statement } from '../../cdk/local/iam.ts'
import type { BusEvent, InvokeAnswer } from '../../cdk/local/ports.ts'
import { createStateMachines } from '../../cdk/local/step-functions.ts'
import { stepFunctionsRuns } from '../../functions/release/step-functions-runs.ts'
import { openEndpoint } from './endpoint.ts'

const functionArn = (name: string): string =>
  `arn:aws:lambda:us-east-1:000000000000:function:${name}`
const ARN = 'arn:aws:states:us-east-1:000000000000:stateMachine:machine'
const task = (name: string, more: object = {}) => ({
  Type: 'Task',
  Resource: functionArn(name),
  ...more,
})

/** A machine of one definition, or several by name; `answer` is what each function says. */
function connect(
  definition: object,
  answer: (name: string, payload: unknown, call: number) => unknown,
  authorize: Authorize = allowAll,
) {
  const activity = createActivity()
  const clock = createClock(0, neverBusy)
  const calls: [string, unknown][] = []
  const events: Pick<BusEvent, 'detail'>[] = []
  const machines = createStateMachines({
    machines: Object.entries('StartAt' in definition ? { machine: definition } : definition).map(
      ([name, each]) => ({
        name,
        arn: ARN.replace(/machine$/, name),
        definition: JSON.stringify(each),
        role: 'role',
      }),
    ),
    invoker: {
      async invoke(arn, payload): Promise<InvokeAnswer> {
        const name = arn.split(':').at(-1)!
        calls.push([name, payload])
        try {
          return { payload: await answer(name, payload, calls.length), functionError: null }
        } catch (error) {
          return {
            payload: { errorType: (error as Error).name, errorMessage: (error as Error).message },
            functionError: 'Unhandled',
          }
        }
      },
    },
    clock,
    activity,
    bus: { publish: (event) => void events.push(event) },
    authorize,
  })
  return { calls, events, machines, activity, clock }
}

/** Runs one definition to its end. */
async function run(
  definition: object,
  input: unknown,
  ...how: [Parameters<typeof connect>[1], Authorize?]
) {
  const { machines, activity, ...rest } = connect(definition, ...how)
  await machines.deliverTo(ARN)(input)
  await activity.idle()
  return { ...rest, execution: machines.executions()[0]!, machines, activity }
}
const failing = (name: string): never => {
  throw Object.assign(new Error('no'), { name })
}

describe('a state machine', () => {
  test('maps a function over items, each with what its selector picks', async () => {
    const definition = {
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          ItemsPath: '$.pieces',
          ItemSelector: { 'plan.$': '$.plan', 'piece.$': '$$.Map.Item.Value' },
          ResultPath: null,
          MaxConcurrency: 2,
          ItemProcessor: { StartAt: 'Do', States: { Do: task('work', { End: true }) } },
          Next: 'After',
        },
        After: task('after', { End: true }),
      },
    }
    const { calls, execution } = await run(definition, { plan: 'p', pieces: [3, 4, 5] }, () => null)
    expect(calls.slice(0, 3).map(([, payload]) => payload)).toEqual(
      [3, 4, 5].map((piece) => ({ plan: 'p', piece })),
    )
    expect(calls[3]).toEqual(['after', { plan: 'p', pieces: [3, 4, 5] }])
    expect(execution.status).toBe('SUCCEEDED')
  })

  test('retries by the error’s name as often as it says, and then fails with it', async () => {
    const definition = {
      StartAt: 'Do',
      States: {
        Do: task('work', {
          End: true,
          Retry: [
            { ErrorEquals: ['InvalidInput'], MaxAttempts: 0 },
            { ErrorEquals: ['States.ALL'], IntervalSeconds: 60, MaxAttempts: 3 },
          ],
        }),
      },
    }
    const lost = await run(definition, {}, () => failing('Throttled'))
    expect(lost.calls).toHaveLength(4)
    expect(lost.execution).toMatchObject({ status: 'FAILED', error: 'Throttled', cause: 'no' })
    expect((await run(definition, {}, () => failing('InvalidInput'))).calls).toHaveLength(1)
    expect(
      (await run(definition, {}, (_, __, call) => (call < 3 ? failing('Throttled') : 'done')))
        .execution,
    ).toMatchObject({ status: 'SUCCEEDED', output: '"done"' })
  })

  test('starts an execution of each item, and goes on without waiting for it', async () => {
    const judge = ARN.replace(/machine$/, 'judge')
    const definition = {
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          ItemsPath: '$.ended',
          ResultPath: null,
          ItemProcessor: {
            StartAt: 'Judge',
            States: {
              Judge: {
                Type: 'Task',
                Resource: 'arn:aws:states:::states:startExecution',
                Parameters: { StateMachineArn: judge, 'Input.$': '$' },
                End: true,
              },
            },
          },
          Next: 'After',
        },
        After: task('after', { End: true }),
      },
    }
    const judging = { StartAt: 'Do', States: { Do: task('judge', { End: true }) } }
    const machines = { machine: definition, judge: judging }
    const input = { ended: [{ job: 1 }, { job: 2 }] }
    const { calls, execution } = await run(machines, input, () => null)
    expect(execution.status).toBe('SUCCEEDED')
    expect(calls).toHaveLength(3)
    expect(calls).toEqual(
      expect.arrayContaining([
        ['judge', { job: 1 }],
        ['judge', { job: 2 }],
        ['after', input],
      ]),
    )
    const denied = await run(
      machines,
      input,
      () => null,
      ({ role }, action) => ({
        allowed: role === null || action !== 'states:StartExecution',
        reason: 'not in the policy',
      }),
    )
    expect(denied.execution).toMatchObject({
      status: 'FAILED',
      error: 'StepFunctions.AccessDeniedException',
    })
  })

  test('catches and chooses', async () => {
    const definition = {
      StartAt: 'Do',
      States: {
        Do: task('work', { Catch: [{ ErrorEquals: ['Broken'], Next: 'Mend' }], Next: 'Choose' }),
        Choose: {
          Type: 'Choice',
          Choices: [{ Variable: '$.verdict', StringEquals: 'accepted', Next: 'Release' }],
          Default: 'End',
        },
        Release: task('release', { End: true }),
        Mend: task('mend', { End: true }),
        End: { Type: 'Succeed' },
      },
    }
    const names = async (answer: () => unknown) =>
      (await run(definition, {}, (name) => (name === 'work' ? answer() : null))).calls.map(
        ([name]) => name,
      )
    expect(await names(() => ({ verdict: 'accepted' }))).toEqual(['work', 'release'])
    expect(await names(() => ({ verdict: 'refused' }))).toEqual(['work'])
    expect(await names(() => failing('Broken'))).toEqual(['work', 'mend'])
  })

  test('that outlasts its timeout is timed out, whatever its function still does', async () => {
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

  test('that ends in time leaves nothing for the clock to wait for', async () => {
    const definition = {
      TimeoutSeconds: 60,
      StartAt: 'Do',
      States: { Do: task('a', { End: true }) },
    }
    const { clock, execution } = await run(definition, {}, () => null)
    await clock.drain()
    expect([clock.now(), execution.status]).toEqual([0, 'SUCCEEDED'])
  })

  test('starts the pieces of a distributed map by a permission of its own', async () => {
    const definition = {
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          ItemProcessor: {
            ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
            StartAt: 'Do',
            States: { Do: task('work', { End: true }) },
          },
          Next: 'After',
        },
        After: task('after', { End: true }),
      },
    }
    const invoke: Statement = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' }
    const start: Statement = { Effect: 'Allow', Action: 'states:StartExecution', Resource: ARN }
    const outcome = async (statements: Statement[]) => {
      const authorize = createAuthorizer(new Map([['role', statements]]))
      const { execution, calls } = await run(definition, [1], () => null, authorize)
      return [execution.status, execution.error, calls.length]
    }
    expect(await outcome([invoke, start])).toEqual(['SUCCEEDED', null, 2])
    expect(await outcome([invoke])).toEqual(['FAILED', 'States.Permissions', 0])
    expect(await outcome([start])).toEqual(['FAILED', 'Lambda.AccessDeniedException', 0])
  })

  test('takes a name once: again while it runs with that input, never after', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const definition = { StartAt: 'Do', States: { Do: task('work', { End: true }) } }
    const { machines, activity } = connect(definition, () => promise)
    const endpoint = await openEndpoint({ services: [machines] })
    const client = new SFNClient({
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'OPERATOR', secretAccessKey: 'x' },
    })
    const runs = stepFunctionsRuns(ARN, client)
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

  test('tells the bus when it begins and how it ends', async () => {
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
  ])('that the local cloud cannot run is refused by name: %j', async (definition, sentence) => {
    await expect(run(definition, {}, () => null)).rejects.toThrow(sentence)
  })
})
