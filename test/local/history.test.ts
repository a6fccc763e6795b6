import { StateMachine } from 'aws-local-stepfunctions'
import { describe, expect, test } from 'vitest'
import { createHistory, type HistoryEvent } from '../../cdk/local/states/history.ts'

const RESOURCE = 'arn:aws:lambda:us-east-1:000000000000:function:work'
const task = (more: object) => ({ Type: 'Task', Resource: RESOURCE, ...more })

/** History of one definition, run by the real engine; `work` is what its task does. */
async function historyOf(
  definition: object,
  input: unknown,
  work: (given: unknown) => unknown,
  resource = RESOURCE,
): Promise<readonly HistoryEvent[]> {
  const history = createHistory('role', new Map([['Work', resource]]), () => 5000)
  const { result, eventLogs } = new StateMachine(definition as never).run(input as never, {
    overrides: {
      taskResourceLocalHandlers: { Work: async (given) => work(given) as never },
      retryIntervalOverrides: { Work: 0 },
    },
  })
  await Promise.allSettled([result, history.follow(eventLogs)])
  return history.events()
}
const typesOf = (events: readonly HistoryEvent[]): string[] => events.map(({ type }) => type)

describe('Execution history', () => {
  test('The history records a service call in the events of its integration', async () => {
    const START = 'arn:aws:states:::states:startExecution'
    const definition = {
      StartAt: 'Work',
      States: { Work: { Type: 'Task', Resource: START, Parameters: { a: 1 }, End: true } },
    }
    const events = await historyOf(definition, {}, () => ({ ExecutionArn: 'arn' }), START)
    expect(typesOf(events).slice(2, 5)).toEqual(['TaskScheduled', 'TaskStarted', 'TaskSucceeded'])
    expect(events[2]!.taskScheduledEventDetails).toMatchObject({
      resourceType: 'states',
      resource: 'startExecution',
      region: 'us-east-1',
    })
    expect(events[4]!.taskSucceededEventDetails).toMatchObject({
      resource: 'startExecution',
      output: '{"ExecutionArn":"arn"}',
    })
  })

  test('The history records each retried attempt and the final reason', async () => {
    const definition = {
      StartAt: 'Work',
      States: {
        Work: task({ End: true, Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }] }),
      },
    }
    const events = await historyOf(definition, { a: 1 }, () => {
      throw Object.assign(new Error('the table is away'), { name: 'Unavailable' })
    })
    expect(typesOf(events)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionFailed',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionFailed',
      'ExecutionFailed',
    ])
    expect(events[2]!.lambdaFunctionScheduledEventDetails).toEqual({
      resource: RESOURCE,
      input: '{"a":1}',
    })
    expect(events[4]!.lambdaFunctionFailedEventDetails).toEqual({
      error: 'Unavailable',
      cause: 'the table is away',
    })
    expect(events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(new Set(events.map(({ timestamp }) => timestamp))).toEqual(new Set([5]))
  })

  test('Each item of a map has its own chain of history events', async () => {
    const definition = {
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          ItemProcessor: { StartAt: 'Work', States: { Work: task({ End: true }) } },
          End: true,
        },
      },
    }
    const events = await historyOf(definition, ['one', 'two'], (given) => `${given} done`)
    const byId = new Map(events.map((event) => [event.id, event]))
    const outputs = events.flatMap(({ id, lambdaFunctionSucceededEventDetails: details }) =>
      details ? [{ id, output: details['output'] }] : [],
    )
    expect(outputs.map(({ output }) => output).sort()).toEqual(['"one done"', '"two done"'])
    for (const { id, output } of outputs) {
      const chain: HistoryEvent[] = []
      for (let at = byId.get(id); at; at = byId.get(at.previousEventId)) chain.unshift(at)
      expect(typesOf(chain)).toEqual([
        'ExecutionStarted',
        'MapStateEntered',
        'MapStateStarted',
        'MapIterationStarted',
        'TaskStateEntered',
        'LambdaFunctionScheduled',
        'LambdaFunctionStarted',
        'LambdaFunctionSucceeded',
      ])
      expect(`"${JSON.parse(String(chain[4]!.stateEnteredEventDetails!['input']))} done"`).toBe(
        output,
      )
    }
    expect(typesOf(events).at(-1)).toBe('ExecutionSucceeded')
  })
})
