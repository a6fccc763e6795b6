import { createRequire } from 'node:module'
import { isDeepStrictEqual } from 'node:util'
import { StateMachine } from 'aws-local-stepfunctions'
import { beforeAll, describe, expect, test } from 'vitest'
import type { JobEvent, RunState } from '../../functions/contract/training.ts'
import { LASTING_ERRORS } from '../../functions/core/errors.ts'
import { ofType, type Resource, resourcesOf, shortName, synthesize } from './synthesized.ts'

/** Its users can reach no types. */
const validateStates: (definition: unknown) => {
  isValid: boolean
  errorsText(line: string): string
} = createRequire(import.meta.url)('asl-validator')
type Json = ConstructorParameters<typeof StateMachine>[0]
let pipeline: Resource[]
/** A machine's definition, each function's ARN the name that it has in the template. */
function definitionOf(machine: string): Json {
  const found = ofType(pipeline, 'AWS::StepFunctions::StateMachine').find(({ id }) =>
    id.startsWith(machine),
  )!
  const { 'Fn::Join': join } = found.properties['DefinitionString'] as {
    'Fn::Join': [string, unknown[]]
  }
  const arn = (part: unknown): string =>
    isDeepStrictEqual(part, { Ref: 'AWS::Partition' })
      ? 'aws'
      : `arn:aws:lambda:us-east-1:000000000000:function:${shortName(part)}`
  return JSON.parse(
    join[1].map((part) => (typeof part === 'string' ? part : arn(part))).join(join[0]),
  )
}
/** Runs a definition, each state's function in its place; answers the states in the order they ran. */
async function run(
  definition: Json,
  input: object,
  stages: Record<string, (input: never) => unknown>,
): Promise<{ calls: [string, unknown][]; output: unknown }> {
  const calls: [string, unknown][] = []
  const handlers = Object.fromEntries(
    Object.entries(stages).map(([state, stage]) => [
      state,
      async (given: unknown) => {
        calls.push([state, given])
        return stage(given as never) as never
      },
    ]),
  )
  const machine = new StateMachine(definition)
  const { result } = machine.run(input as never, {
    overrides: { taskResourceLocalHandlers: handlers },
  })
  return { calls, output: await result }
}
/** What `plan` answers. */
const state: RunState & { ended: JobEvent[] } = {
  scene: 'feed',
  tier: 'daily',
  scheduledTime: '2025-01-02T02:30:00Z',
  planKey: 'plan.json',
  skip: null,
  closingPieces: [0, 1],
  screenPieces: [0],
  statePieces: [],
  foldPieces: [0],
  samplePieces: [0, 1, 2],
  ended: [],
}
const request = { scene: 'feed', tier: 'daily', scheduledTime: state.scheduledTime }
const done = (): null => null
const same = (given: object): object => given
/** A plan without a piece of any stage. */
const noPieces = { closingPieces: [], screenPieces: [], foldPieces: [], samplePieces: [] }
/** The stages between a plan and its start. */
const through = { Verdicts: same, Advance: same }
const shards = { ...through, Close: done, Screen: done, Fold: done, Samples: done }

beforeAll(() => {
  pipeline = resourcesOf(synthesize({ scenes: 'feed,movielens', mapConcurrency: 2 }), 'Pipeline')
})

describe('State machines', () => {
  test.each(['RunMachine', 'JudgeMachine'])(
    'The %s definition is valid Amazon States Language',
    (machine) => {
      const { isValid, errorsText } = validateStates(definitionOf(machine))
      expect(errorsText('\n')).toBe('')
      expect(isValid).toBe(true)
    },
  )

  test('Every state machine is standard, traced, and logged without its data', () => {
    for (const { properties } of ofType(pipeline, 'AWS::StepFunctions::StateMachine'))
      expect(properties).toMatchObject({
        StateMachineType: 'STANDARD',
        TracingConfiguration: { Enabled: true },
        LoggingConfiguration: { IncludeExecutionData: false, Level: 'ALL' },
      })
  })

  test('A state machine retries a failed stage unless its input is invalid', () => {
    for (const machine of ['RunMachine', 'JudgeMachine']) {
      const tasks = [...JSON.stringify(definitionOf(machine)).matchAll(/"Type":"Task"/g)]
      const lasting = JSON.stringify({ ErrorEquals: LASTING_ERRORS, MaxAttempts: 0 })
      const retries = JSON.stringify(definitionOf(machine)).split(
        `"Retry":[${lasting},{"ErrorEquals":["States.ALL"]`,
      )
      expect(retries.length - 1).toBe(tasks.length)
    }
  })
})

describe('Runs', () => {
  test('A run plans, closes and samples each shard, then starts', async () => {
    const { calls } = await run(definitionOf('RunMachine'), request, {
      Plan: () => state,
      ...shards,
      Start: () => ({ version: 'v', executor: 'sagemaker', reason: 'daily' }),
    })
    expect(calls).toEqual([
      ['Plan', request],
      ...[0, 1].map((piece) => ['Close', { planKey: 'plan.json', piece }]),
      ['Screen', { planKey: 'plan.json', piece: 0 }],
      ['Verdicts', state],
      ['Fold', { planKey: 'plan.json', piece: 0 }],
      ['Advance', state],
      ...[0, 1, 2].map((piece) => ['Samples', { planKey: 'plan.json', piece }]),
      ['Start', state],
    ])
  })

  test('A run first judges ended jobs, then continues with its own plan', async () => {
    const ended: JobEvent[] = [1, 2].map((day) => ({
      time: `2025-01-0${day}T03:00:00Z`,
      detail: { TrainingJobName: `job ${day}`, TrainingJobStatus: 'Completed' },
    }))
    const { calls } = await run(definitionOf('RunMachine'), request, {
      Plan: () => ({ ...state, ...noPieces, ended }),
      ...through,
      JudgeEnded: () => ({ ExecutionArn: 'arn' }),
      Start: () => ({ version: null, executor: 'none' }),
    })
    const names = calls.map(([name]) => name)
    expect(names).toEqual(['Plan', 'JudgeEnded', 'JudgeEnded', 'Verdicts', 'Advance', 'Start'])
    expect(calls.slice(1, 3).map(([, given]) => given)).toEqual(
      ended.map((Input) => ({ StateMachineArn: expect.stringContaining('JudgeMachine'), Input })),
    )
    expect(calls.at(-1)![1]).toMatchObject({ planKey: 'plan.json' })
  })

  test('A run with nothing to do still records its reason at start', async () => {
    const idle = { ...state, skip: 'nothing new', ...noPieces }
    const { calls } = await run(definitionOf('RunMachine'), request, {
      Plan: () => idle,
      ...shards,
      Start: () => ({ version: null, executor: 'none', reason: 'nothing new' }),
    })
    expect(calls.map(([name]) => name)).toEqual(['Plan', 'Verdicts', 'Advance', 'Start'])
    expect(calls[3]![1]).toEqual(idle)
  })

  test('A run is planned again without the hours that its gates exclude', async () => {
    const aside = [{ fromMs: 0, throughMs: 3_600_000 }]
    const again = { ...request, executor: 'plan', aside }
    const without = { ...state, planKey: 'less.json', closingPieces: [], samplePieces: [0] }
    const plans = [state, without]
    const starts = [again, { executor: 'sagemaker' }]
    const { calls } = await run(definitionOf('RunMachine'), request, {
      Plan: () => plans.shift(),
      ...shards,
      Start: () => starts.shift(),
    })
    expect(calls.filter(([name]) => name === 'Plan' || name === 'Start')).toEqual([
      ['Plan', request],
      ['Start', state],
      ['Plan', again],
      ['Start', without],
    ])
    expect(calls.at(-2)).toEqual(['Samples', { planKey: 'less.json', piece: 0 }])
  })

  test('An increment that a Lambda trains is judged and released at once', async () => {
    const started = { scene: 'feed', version: 'v', executor: 'lambda', reason: 'hourly' }
    const ended = { time: state.scheduledTime, detail: { TrainingJobStatus: 'Completed' } }
    const judgement = { verdict: 'accepted', scene: 'feed', version: 'v' }
    const { calls, output } = await run(definitionOf('RunMachine'), request, {
      Plan: () => state,
      ...shards,
      Start: () => started,
      Increment: () => ended,
      EvaluateIncrement: () => judgement,
      ReleaseIncrement: () => ({ sequence: 7 }),
    })
    expect(calls.slice(-3)).toEqual([
      ['Increment', started],
      ['EvaluateIncrement', ended],
      ['ReleaseIncrement', judgement],
    ])
    expect(output).toEqual({ sequence: 7 })
  })

  test('A run starts no training when a shard fails', async () => {
    const calls: string[] = []
    const stages = {
      Plan: () => state,
      ...shards,
      Samples: () => {
        const error = new Error('no such object')
        error.name = 'InvalidInput'
        throw error
      },
      Start: () => calls.push('Start'),
    }
    await expect(run(definitionOf('RunMachine'), request, stages)).rejects.toThrow()
    expect(calls).toEqual([])
  })

  test('A distributed map runs as many shards at once as configured', () => {
    const { States } = definitionOf('RunMachine') as unknown as {
      States: Record<string, { MaxConcurrency: number; ItemProcessor: { ProcessorConfig: object } }>
    }
    for (const map of ['EachClose', 'EachScreen', 'EachAccumulate', 'EachFold', 'EachSamples']) {
      expect(States[map]!.MaxConcurrency).toBe(2)
      expect(States[map]!.ItemProcessor.ProcessorConfig).toEqual({
        Mode: 'DISTRIBUTED',
        ExecutionType: 'STANDARD',
      })
    }
  })
})

describe('Judgements', () => {
  const event = { detail: { TrainingJobName: 'qm-feed-daily-20250101-0123abcd' } }
  const judgement = { scene: 'feed', version: 'v', timeMs: 1, reason: 'better' }
  const judge = (verdict: string) =>
    run(definitionOf('JudgeMachine'), event, {
      EvaluateJob: () => ({ ...judgement, verdict }),
      ReleaseJob: () => ({ sequence: 1, next: 'done' }),
    })

  test('An accepted model is released', async () => {
    const { calls, output } = await judge('accepted')
    expect(calls).toEqual([
      ['EvaluateJob', event],
      ['ReleaseJob', { ...judgement, verdict: 'accepted' }],
    ])
    expect(output).toEqual({ sequence: 1, next: 'done' })
  })

  test('An accepted base continues as a run that regrows its hourly chain', async () => {
    const regrow = { scene: 'feed', tier: 'hourly', scheduledTime: state.scheduledTime }
    const released = { ...regrow, version: 'daily', sequence: null, next: 'regrow' }
    const { calls } = await run(definitionOf('JudgeMachine'), event, {
      EvaluateJob: () => ({ ...judgement, verdict: 'accepted' }),
      ReleaseJob: () => released,
      Plan: () => ({ ...state, ...noPieces }),
      ...through,
      Start: () => ({ version: null, executor: 'none' }),
    })
    const names = calls.map(([name]) => name)
    expect(names).toEqual(['EvaluateJob', 'ReleaseJob', 'Plan', 'Verdicts', 'Advance', 'Start'])
    expect(calls[2]![1]).toEqual(released)
  })

  test.each(['refused', 'ignored'])(
    'A judgement that is %s releases nothing and ends without error',
    async (verdict) => {
      const { calls } = await judge(verdict)
      expect(calls.map(([name]) => name)).toEqual(['EvaluateJob'])
    },
  )

  test('A judgement restarts an interrupted training job', async () => {
    const interrupted = { ...judgement, verdict: 'interrupted', jobName: 'qm-feed-v' }
    const { calls } = await run(definitionOf('JudgeMachine'), event, {
      EvaluateJob: () => interrupted,
      RestartJob: () => ({ jobName: 'qm-feed-v-a2' }),
    })
    expect(calls).toEqual([
      ['EvaluateJob', event],
      ['RestartJob', interrupted],
    ])
  })

  test('The judgement of a broken job fails and so raises the alarm', async () => {
    await expect(judge('failed')).rejects.toThrow()
  })

  test('The end of one of our training jobs starts a judgement', () => {
    const rule = ofType(pipeline, 'AWS::Events::Rule').find(({ id }) => id.startsWith('Judge'))!
    expect(rule.properties['EventPattern']).toEqual({
      source: ['aws.sagemaker'],
      'detail-type': ['SageMaker Training Job State Change'],
      detail: {
        RoleArn: [{ 'Fn::GetAtt': [expect.stringMatching(/^TrainTrainingRole/), 'Arn'] }],
        TrainingJobName: [{ prefix: 'qm-' }],
        TrainingJobStatus: ['Completed', 'Failed', 'Stopped'],
      },
    })
  })
})
