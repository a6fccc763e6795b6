import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createActivity } from '../../cdk/local/activity.ts'
import { createClock } from '../../cdk/local/clock.ts'
import { parseScheduleExpression } from '../../cdk/local/schedule-expression.ts'
import { createSchedules, type ScheduleDeclaration } from '../../cdk/local/schedules.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'

const START_MS = Date.UTC(2026, 0, 5)
const iso = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 16)
const firings = (expression: string, count: number, fromMs = START_MS - 1): string[] => {
  const { nextAfter } = parseScheduleExpression(expression, 's', START_MS)
  const times: string[] = []
  let timeMs: number | null = fromMs
  while (times.length < count) {
    timeMs = nextAfter(timeMs)
    if (timeMs === null) break
    times.push(iso(timeMs))
  }
  return times
}

describe('A schedule expression', () => {
  test.each([
    // The examples of the user guide, "Cron-based schedules".
    ['cron(0 10 * * ? *)', ['2026-01-05T10:00', '2026-01-06T10:00']],
    ['cron(15 12 * * ? *)', ['2026-01-05T12:15', '2026-01-06T12:15']],
    ['cron(0 18 ? * MON-FRI *)', ['2026-01-05T18:00', '2026-01-06T18:00']],
    ['cron(0 8 1 * ? *)', ['2026-02-01T08:00', '2026-03-01T08:00']],
    ['cron(0/10 * ? * MON-FRI *)', ['2026-01-05T00:00', '2026-01-05T00:10']],
    ['cron(15 10 ? * 6L 2026-2028)', ['2026-01-30T10:15', '2026-02-27T10:15']],
    ['cron(30 2 L * ? *)', ['2026-01-31T02:30', '2026-02-28T02:30']],
    ['cron(30 3 ? * 2 *)', ['2026-01-05T03:30', '2026-01-12T03:30']],
    ['cron(30 3 ? * 1 *)', ['2026-01-11T03:30', '2026-01-18T03:30']],
    ['cron(0 0 ? * 3#2 *)', ['2026-01-13T00:00', '2026-02-10T00:00']],
    ['cron(0 0 ? * L *)', ['2026-01-10T00:00', '2026-01-17T00:00']],
    [
      'cron(0 0 ? * 2/2 *)',
      ['2026-01-05T00:00', '2026-01-07T00:00', '2026-01-09T00:00', '2026-01-12T00:00'],
    ],
    ['cron(0 0 29 2 ? *)', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['cron(0 0 1 1 ? 2027,2030)', ['2027-01-01T00:00', '2030-01-01T00:00']],
    ['rate(5 minutes)', ['2026-01-05T00:00', '2026-01-05T00:05']],
    ['rate(1 day)', ['2026-01-05T00:00', '2026-01-06T00:00']],
    ['at(2026-03-01T12:34:00)', ['2026-03-01T12:34']],
  ])('The expression %s fires first at %j', (expression, expected) =>
    expect(firings(expression, expected.length)).toEqual(expected),
  )

  test('A cron expression fires exactly at the minutes of its fields', () => {
    const pick = (min: number, max: number) =>
      fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(
        pick(0, 59),
        pick(0, 23),
        pick(1, 7),
        pick(1, 12),
        (minutes, hours, days, months) => {
          const expression = `cron(${minutes} ${hours} ? ${months} ${days} *)`
          const fromMs = Date.UTC(2026, months[0]! - 1, 1)
          const expected: string[] = []
          for (let timeMs = fromMs; expected.length < 3; timeMs += MINUTE_MS) {
            const time = new Date(timeMs)
            // Days of the week: 1 is Sunday, as in the user guide's table of wildcards.
            if (
              minutes.includes(time.getUTCMinutes()) &&
              hours.includes(time.getUTCHours()) &&
              days.includes(time.getUTCDay() + 1) &&
              months.includes(time.getUTCMonth() + 1)
            )
              expected.push(iso(timeMs))
          }
          expect(firings(expression, 3, fromMs - 1)).toEqual(expected)
        },
      ),
      { seed: 21, numRuns: 60 },
    )
  })

  test('A schedule expression ends with its last year', () => {
    expect(firings('cron(0 0 1 1 ? 2026-2027)', 9)).toEqual(['2027-01-01T00:00'])
    expect(firings('at(2025-01-01T00:00:00)', 1)).toEqual([])
  })

  test.each([
    ['cron(0 10 * * *)', 'schedule s: cron(0 10 * * *): cron has six fields'],
    ['cron(0 10 * * * *)', 'one of day-of-month and day-of-week, and only one, is ?'],
    ['cron(0 10 ? * ? *)', 'one of day-of-month and day-of-week, and only one, is ?'],
    ['cron(0 10 15W * ? *)', 'W, the nearest weekday, is not supported'],
    ['cron(0 10 ? * 0 *)', 'a day of the week is 1 to 7, not 0'],
    ['cron(61 10 ? * 1 *)', 'schedule s: cron(61 10 ? * 1 *): '],
    ['cron(0 0 30 2 ? *)', 'schedule s: cron(0 0 30 2 ? *): '],
    ['cron(0 0 1 1 ? soon)', '"soon" is no year'],
    ['rate(0 minutes)', 'a rate is a positive number'],
    ['rate(5 fortnights)', 'a rate is a positive number'],
    ['at(tomorrow)', 'a single time is at(yyyy-mm-ddThh:mm:ss)'],
    ['every day', 'expected cron(…), rate(…) or at(…)'],
  ])('The expression %s is refused by name', (expression, message) =>
    expect(() => parseScheduleExpression(expression, 's', START_MS)).toThrow(message),
  )
})

function connect(over: Partial<ScheduleDeclaration> = {}) {
  const activity = createActivity()
  const clock = createClock(START_MS, activity)
  const delivered: { at: string; arn: string; payload: Record<string, string> }[] = []
  const state = { failures: 0 }
  const schedules = createSchedules({
    schedules: [
      {
        name: 'feed-daily',
        arn: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/feed-daily',
        expression: 'cron(30 2 * * ? *)',
        timezone: 'UTC',
        enabled: true,
        targetArn: 'arn:machine',
        role: 'scheduler',
        input: '{"scheduledTime":"<aws.scheduler.scheduled-time>","scene":"feed"}',
        deadLetterArn: 'arn:dead',
        ...over,
      },
    ],
    resolve: (arn) => async (payload) => {
      if (arn === 'arn:machine' && state.failures-- > 0) throw new Error('not now')
      delivered.push({ at: iso(clock.now()), arn, payload: payload as Record<string, string> })
    },
    clock,
    activity,
    onLost: ({ what, reason }) => expect.fail(`${what}: ${reason}`),
  })
  return { clock, delivered, schedules, state }
}

describe('A schedule', () => {
  test('A schedule fires on time and passes its scheduled time', async () => {
    const { clock, delivered } = connect()
    await clock.advanceTo(START_MS + 2 * DAY_MS)
    expect(delivered.map(({ payload }) => payload)).toEqual([
      { scheduledTime: '2026-01-05T02:30:00Z', scene: 'feed' },
      { scheduledTime: '2026-01-06T02:30:00Z', scene: 'feed' },
    ])
  })

  test('A schedule fills in ARN, attempt and an id for each attempt', async () => {
    const { clock, delivered, state } = connect({
      input:
        '{"arn":"<aws.scheduler.schedule-arn>","attempt":"<aws.scheduler.attempt-number>","id":"<aws.scheduler.execution-id>"}',
    })
    await clock.advanceTo(START_MS + 3 * HOUR_MS)
    state.failures = 1
    await clock.advanceTo(START_MS + 2 * DAY_MS)
    const payloads = delivered.map(({ payload }) => payload)
    expect(payloads.map(({ attempt }) => attempt)).toEqual(['1', '2'])
    expect(payloads[0]!['arn']).toMatch(/schedule\/default\/feed-daily$/)
    expect(new Set(payloads.map(({ id }) => id)).size).toBe(2)
  })

  test('An at-least-once test delivers a schedule a second time, once', async () => {
    const { clock, delivered, schedules } = connect()
    schedules.fireTwice('feed-daily')
    await clock.advanceTo(START_MS + 2 * DAY_MS)
    expect(delivered.map(({ payload }) => payload['scheduledTime'])).toEqual([
      '2026-01-05T02:30:00Z',
      '2026-01-05T02:30:00Z',
      '2026-01-06T02:30:00Z',
    ])
    expect(() => schedules.fireTwice('feed-hourly')).toThrow(
      'no schedule "feed-hourly": there are feed-daily',
    )
  })

  test('A test leaves out firings, and the schedule goes on after them', async () => {
    const { clock, delivered, schedules } = connect()
    schedules.fireOnly((timeMs) => timeMs !== START_MS + DAY_MS + 2.5 * HOUR_MS)
    await clock.advanceTo(START_MS + 3 * DAY_MS)
    expect(delivered.map(({ at }) => at)).toEqual(['2026-01-05T02:30', '2026-01-07T02:30'])
  })

  test('An undeliverable schedule becomes a dead letter after its retries', async () => {
    const { clock, delivered, state } = connect({
      retryPolicy: { maximumRetryAttempts: 1, maximumEventAgeSeconds: 3600 },
    })
    state.failures = 2
    await clock.advanceTo(START_MS + DAY_MS)
    expect(delivered).toMatchObject([{ arn: 'arn:dead', payload: { scene: 'feed' } }])
  })

  test('A schedule does not prolong a drain and stops when closed', async () => {
    const { clock, delivered, schedules } = connect()
    await clock.drain()
    expect(clock.now()).toBe(START_MS)
    schedules.close()
    await clock.advanceTo(START_MS + 5 * DAY_MS)
    expect(delivered).toEqual([])
  })

  test('A disabled schedule does not fire', async () => {
    const { clock, delivered } = connect({ enabled: false })
    await clock.advanceTo(START_MS + 5 * DAY_MS)
    expect(delivered).toEqual([])
  })

  test('A schedule with unsupported settings is refused by name', () => {
    expect(() => connect({ timezone: 'Europe/Berlin' })).toThrow(
      'schedule feed-daily: time zone Europe/Berlin is not supported, only UTC',
    )
    expect(() => connect({ input: '{"a":' })).toThrow(
      'schedule feed-daily: its input cannot be used',
    )
    expect(() => connect({ input: '{"a":"<aws.scheduler.moon-phase>"}' })).toThrow(
      'there is no <aws.scheduler.moon-phase>',
    )
  })
})
