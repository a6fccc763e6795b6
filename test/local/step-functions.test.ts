import { describe, expect, test } from 'vitest'
import { createAuthorizer, type PolicyStatement } from '../../cdk/local/iam.ts'
import { ARN, failing, run, task } from './state-machine.ts'

describe('A state machine', () => {
  test('A map runs a function per item with its selected input', async () => {
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

  test('A state retries by error name as declared, and then fails', async () => {
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

  test('A map starts an execution per item without waiting for it', async () => {
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

  test('A state machine catches errors and chooses branches', async () => {
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

  test('A distributed map needs its own permission to start its children', async () => {
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
    const invoke: PolicyStatement = {
      Effect: 'Allow',
      Action: 'lambda:InvokeFunction',
      Resource: '*',
    }
    const start: PolicyStatement = {
      Effect: 'Allow',
      Action: 'states:StartExecution',
      Resource: ARN,
    }
    const outcome = async (statements: PolicyStatement[]) => {
      const authorize = createAuthorizer(new Map([['role', statements]]))
      const { execution, calls } = await run(definition, [1], () => null, authorize)
      return [execution.status, execution.error, calls.length]
    }
    expect(await outcome([invoke, start])).toEqual(['SUCCEEDED', null, 2])
    expect(await outcome([invoke])).toEqual(['FAILED', 'States.Permissions', 0])
    expect(await outcome([start])).toEqual(['FAILED', 'Lambda.AccessDeniedException', 0])
  })
})
