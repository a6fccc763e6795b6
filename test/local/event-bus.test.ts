import { describe, expect, test } from 'vitest'
import { createActivity } from '../../cdk/local/activity.ts'
import { createClock } from '../../cdk/local/clock.ts'
import type { LostDelivery } from '../../cdk/local/event-bus/delivery.ts'
import {
  createEventBus,
  type RuleDeclaration,
  type TargetDeclaration,
} from '../../cdk/local/event-bus/event-bus.ts'
import { createAuthorizer } from '../../cdk/local/iam.ts'
import { createTargets } from '../../cdk/local/targets.ts'

const START_MS = Date.UTC(2026, 0, 5, 2, 30, 15, 700)
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:drops'
const DEAD = 'arn:aws:sqs:us-east-1:000000000000:dead'
const created = (key: string) => ({
  source: 'aws.s3',
  'detail-type': 'Object Created',
  resources: ['arn:aws:s3:::raw'],
  detail: { bucket: { name: 'raw' }, object: { key, size: 5, etag: 'x' }, reason: 'PutObject' },
})
function connect(
  rules: (Partial<Omit<RuleDeclaration, 'targets'>> & { target?: Partial<TargetDeclaration> })[],
) {
  const activity = createActivity()
  const clock = createClock(START_MS, activity)
  const delivered: [string, unknown][] = []
  const lost: LostDelivery[] = []
  const state = { failures: 0, attemptsMs: [] as number[] }
  const bus = createEventBus({
    rules: rules.map(({ target, ...rule }, n) => ({
      name: `rule${n}`,
      arn: `arn:aws:events:us-east-1:000000000000:rule/rule${n}`,
      pattern: { source: ['aws.s3'] },
      enabled: true,
      ...rule,
      targets: [
        {
          id: 'Target0',
          arn: QUEUE,
          role: null,
          input: null,
          inputPath: null,
          inputTransformer: null,
          deadLetterArn: null,
          ...target,
        },
      ],
    })),
    clock,
    activity,
    onLost: (each) => lost.push(each),
  })
  bus.connect((arn) => async (payload) => {
    if (arn === QUEUE) {
      state.attemptsMs.push(clock.now() - START_MS)
      if (state.failures-- > 0) throw new Error('the queue is gone')
    }
    delivered.push([arn, payload])
  })
  return { bus, clock, activity, delivered, lost, state }
}

describe('The event bus', () => {
  test('The bus delivers events in the AWS shape, at whole seconds', async () => {
    const { bus, activity, delivered } = connect([{}])
    bus.publish(created('raw/feed/events/a'))
    await activity.idle()
    expect(delivered).toEqual([
      [
        QUEUE,
        {
          version: '0',
          id: expect.stringMatching(
            /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
          ),
          account: '000000000000',
          region: 'us-east-1',
          time: '2026-01-05T02:30:15Z',
          ...created('raw/feed/events/a'),
        },
      ],
    ])
  })

  test('Equal events get equal ids, in whatever order they arrive', async () => {
    const idsOf = async (keys: string[]) => {
      const { bus, activity, delivered } = connect([{}])
      for (const each of keys) bus.publish(created(each))
      await activity.idle()
      return delivered.map(([, event]) => (event as { id: string }).id)
    }
    const ids = await idsOf(['a', 'b', 'a'])
    expect(new Set(ids).size).toBe(3)
    expect((await idsOf(['b', 'a', 'a'])).sort()).toEqual(ids.sort())
  })

  test('An event reaches every enabled matching rule and no other', async () => {
    const { bus, activity, delivered } = connect([
      { target: { input: '"first"' } },
      { pattern: { source: ['aws.sagemaker'] } },
      { enabled: false },
      { target: { input: '"last"' } },
    ])
    bus.publish(created('a'))
    await activity.idle()
    expect(delivered.map(([, payload]) => payload)).toEqual(['first', 'last'])
  })

  test('Time does not move until a delivery is accepted', async () => {
    const { bus, activity } = connect([{}])
    bus.publish(created('a'))
    expect(activity.list()).toEqual([`rule rule0 to ${QUEUE}`])
    await activity.idle()
  })

  test('A target receives a constant, an event part, or a template', async () => {
    const { bus, activity, delivered } = connect([
      { target: { input: '{"scene":"feed"}' } },
      { target: { inputPath: '$.detail.object.key' } },
      {
        target: {
          inputTransformer: {
            inputPathsMap: {
              key: '$.detail.object.key',
              size: '$.detail.object.size',
              all: '$.detail.object',
            },
            inputTemplate:
              '{"key":<key>,"text":"<key> has <size>, \\"quoted\\"","all":<all>,"rule":<aws.events.rule-name>}',
          },
        },
      },
    ])
    bus.publish(created('a "b"'))
    await activity.idle()
    expect(delivered.map(([, payload]) => payload)).toEqual([
      { scene: 'feed' },
      'a "b"',
      {
        key: 'a "b"',
        text: 'a "b" has 5, "quoted"',
        all: { key: 'a "b"', size: 5, etag: 'x' },
        rule: 'rule2',
      },
    ])
  })

  test('The bus refuses at once an input that it cannot build', () => {
    const template = { inputPathsMap: {}, inputTemplate: '{"key":<key>}' }
    expect(() => connect([{ target: { inputTransformer: template } }])).toThrow(
      'rule rule0: <key> of the input template stands in no input path',
    )
    expect(() => connect([{ target: { inputPath: '$..key' } }])).toThrow(
      'rule rule0: "$..key" is no plain JSONPath',
    )
  })

  test('A failed delivery is retried with doubling pauses of virtual time', async () => {
    const { bus, clock, state, delivered } = connect([{}])
    state.failures = 4
    bus.publish(created('a'))
    await clock.drain()
    expect(state.attemptsMs).toEqual([0, 1000, 3000, 7000, 15_000])
    expect(delivered).toHaveLength(1)
  })

  test('An event becomes a dead letter when its retry policy ends', async () => {
    const retryPolicy = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 3600 }
    const { bus, clock, state, delivered, lost } = connect([
      { target: { deadLetterArn: DEAD, retryPolicy, input: '"constant"' } },
    ])
    state.failures = 99
    bus.publish(created('a'))
    await clock.drain()
    expect(state.attemptsMs).toHaveLength(3)
    expect(delivered).toMatchObject([[DEAD, created('a')]])
    expect(lost).toEqual([])
  })

  test('A delivery that its role forbids becomes a dead letter without retries', async () => {
    const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:judge'
    const started: unknown[] = []
    const letters: unknown[] = []
    const services = {
      sqs: { deliverTo: () => async (letter: unknown) => void letters.push(letter) },
      lambda: { deliverTo: () => async () => expect.fail('no function is a target') },
      states: { deliverTo: () => async (event: unknown) => void started.push(event) },
    }
    const target = { arn: MACHINE, role: 'starts', deadLetterArn: DEAD }
    for (const Resource of [MACHINE, 'arn:aws:states:us-east-1:000000000000:stateMachine:other']) {
      const { bus, clock } = connect([{ target }])
      const statement = { Effect: 'Allow' as const, Action: 'states:StartExecution', Resource }
      const authorize = createAuthorizer(new Map([['starts', [statement]]]))
      bus.connect(createTargets(services, authorize))
      bus.publish(created('a'))
      await clock.drain()
      expect(clock.now()).toBe(START_MS)
    }
    expect([started.length, letters.length]).toEqual([1, 1])
    expect(() => createTargets(services, () => expect.fail())('arn:aws:sns:r:0:t', null)).toThrow(
      'a delivery to arn:aws:sns:r:0:t is not supported on the local cloud',
    )
  })

  test('Without a dead-letter queue, delivery ends after a day and reports loss', async () => {
    const { bus, clock, state, lost } = connect([{}])
    state.failures = 1000
    bus.publish(created('a'))
    await clock.drain()
    expect(clock.now() - START_MS).toBeLessThanOrEqual(86_400_000)
    expect(clock.now() - START_MS).toBeGreaterThan(85_000_000)
    expect(lost).toMatchObject([{ what: `rule rule0 to ${QUEUE}`, reason: 'the queue is gone' }])
  })

  test.each<[string, Partial<TargetDeclaration>]>([
    [
      'a template',
      {
        inputTransformer: {
          inputPathsMap: { v: '$.detail.version' },
          inputTemplate: '{"v":<v>}',
        },
      },
    ],
    ['a path', { inputPath: '$.detail.version' }],
  ])('An event that %s cannot transform is not retried', async (_what, target) => {
    const { bus, clock, delivered } = connect([{ target: { ...target, deadLetterArn: DEAD } }])
    bus.publish(created('a'))
    await clock.drain()
    expect(clock.now()).toBe(START_MS)
    expect(delivered).toMatchObject([[DEAD, created('a')]])
  })
})
