import { describe, expect, test } from 'vitest'
import { findFailed, measureRuns } from '../../cdk/cli/start/runs.ts'

const execution = (input: object, output: object | null, from: number, through: number | null) => ({
  input: JSON.stringify(input),
  output: output && JSON.stringify(output),
  startedSeconds: from,
  stoppedSeconds: through,
})
const hourly = { scene: 'feed', tier: 'hourly', scheduledTime: '2026-01-05T03:05:00Z' }
const daily = { scene: 'feed', tier: 'daily', scheduledTime: '2026-01-05T02:30:00Z' }
const judged = (job: string) => ({
  detail: { TrainingJobName: job, TrainingJobStatus: 'Completed' },
})

describe('Run durations', () => {
  test('A run that a Lambda trains lasts from its start to flip', () => {
    const runs = measureRuns([
      execution(hourly, { sequence: 3 }, 10, 12),
      execution(hourly, { sequence: 4 }, 20, 23),
      execution(hourly, { sequence: 5 }, 30, 37),
    ])
    expect(runs).toEqual([{ tier: 'hourly', count: 3, medianSeconds: 3, maxSeconds: 7 }])
  })

  test('A run with a training job lasts until the job is judged', () => {
    const runs = measureRuns([
      execution(daily, { tier: 'daily', jobName: 'a' }, 10, 12),
      execution(judged('a'), { sequence: 2 }, 15, 19.5),
      execution(daily, { tier: 'full', jobName: 'b' }, 30, 31),
      execution(judged('b'), { sequence: 3 }, 34, 36),
    ])
    expect(runs).toEqual([
      { tier: 'full', count: 1, medianSeconds: 6, maxSeconds: 6 },
      { tier: 'daily', count: 1, medianSeconds: 9.5, maxSeconds: 9.5 },
    ])
  })

  test('Runs without a flip or still in progress have no duration', () => {
    expect(
      measureRuns([
        execution(hourly, { version: null, executor: 'none' }, 1, 2),
        execution(hourly, null, 3, null),
        execution(daily, { tier: 'daily', jobName: 'c' }, 4, 5),
        execution(judged('c'), { verdict: 'refused' }, 6, 7),
      ]),
    ).toEqual([])
  })
})

describe('Failed runs', () => {
  const ended = (status: 'FAILED' | 'SUCCEEDED' | 'TIMED_OUT', startMs: number) => ({
    stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:RunHourly',
    ...{ status, startMs },
    error: status === 'SUCCEEDED' ? null : 'ValidationException',
    cause: status === 'FAILED' ? 'Number underflow' : null,
  })

  test('The first one is named with machine, start and error', () => {
    const runs = [ended('SUCCEEDED', 1), ended('FAILED', 2), ended('TIMED_OUT', 3)]
    expect(findFailed(runs)).toEqual({
      count: 2,
      machine: 'RunHourly',
      startMs: 2,
      error: 'ValidationException: Number underflow',
    })
    expect(findFailed(runs.slice(2))?.error).toBe('ValidationException')
  })

  test('Without a failed run there is nothing to say', () => {
    expect(findFailed([ended('SUCCEEDED', 1)])).toBeNull()
  })
})
