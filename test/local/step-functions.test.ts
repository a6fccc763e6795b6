import { describe, expect, test } from 'vitest'
import { createActivity } from '../../cdk/local/activity.ts'
import type { BusEvent, InvokeAnswer } from '../../cdk/local/ports.ts'
import { createStateMachines } from '../../cdk/local/step-functions.ts'

const functionArn = (name: string): string =>
  `arn:aws:lambda:us-east-1:000000000000:function:${name}`
const ARN = 'arn:aws:states:us-east-1:000000000000:stateMachine:machine'
const task = (name: string, more: object = {}) => ({
  Type: 'Task',
  Resource: functionArn(name),
  ...more,
})

/** Runs one definition to its end; `answer` is what each function says. */
async function run(
  definition: object,
  input: unknown,
  answer: (name: string, payload: unknown, call: number) => unknown,
) {
  const activity = createActivity()
  const calls: [string, unknown][] = []
  const events: Pick<BusEvent, 'detail'>[] = []
  const machines = createStateMachines({
    machines: [{ name: 'machine', arn: ARN, definition: JSON.stringify(definition), role: 'role' }],
    invoker: {
      async invoke(arn, payload): Promise<InvokeAnswer> {
        const name = arn.split(':').at(-1)!
        calls.push([name, payload])
        try {
          return { payload: answer(name, payload, calls.length), functionError: null }
        } catch (error) {
          return {
            payload: { errorType: (error as Error).name, errorMessage: (error as Error).message },
            functionError: 'Unhandled',
          }
        }
      },
    },
    clock: { now: () => 0, at: () => ({ cancel: () => {} }) },
    activity,
    bus: { publish: (event) => void events.push(event) },
  })
  await machines.deliverTo(ARN)(input)
  await activity.idle()
  return { calls, events, execution: machines.executions()[0]!, machines, activity }
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
