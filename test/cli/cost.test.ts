import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { billOf, type Line, sumUsd } from '../../cdk/cli/cost/bill.ts'
import type { Deployed } from '../../cdk/cli/cost/deployed.ts'
import type { Measured, StageMeasured } from '../../cdk/cli/cost/measured.ts'
import { readPrices } from '../../cdk/cli/cost/prices.ts'
import { restOf } from '../../cdk/cli/cost/rest.ts'
import { readmeBlock } from '../readme/blocks.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const MIB = 2 ** 20
const { prices } = readPrices('us-east-1')
const stage = (used: Partial<StageMeasured>): StageMeasured => ({
  invocations: 24,
  failures: 0,
  seconds: 0,
  peakMemoryMiB: 100,
  s3: { requests: 0, bytesIn: 0, bytesOut: 0 },
  dynamodb: { requests: 0, bytesIn: 0, bytesOut: 0 },
  logBytes: 0,
  ...used,
})
/** One day of 1,000 events in ten drops, on an hourly schedule. */
const measured: Measured = {
  command: 'by hand',
  days: 1,
  events: 1000,
  drops: 10,
  rawBytes: 10 * MIB,
  stages: {
    intake: stage({
      invocations: 10,
      seconds: 20,
      s3: { requests: 100, bytesIn: MIB, bytesOut: 0 },
      logBytes: 1024 * MIB,
    }),
    plan: stage({
      seconds: 24,
      s3: { requests: 50, bytesIn: 0, bytesOut: 0 },
      dynamodb: { requests: 24, bytesIn: 24 * 1024, bytesOut: 24 * 8192 },
    }),
    close: stage({ seconds: 12 }),
    start: stage({ seconds: 2.4, s3: { requests: 200, bytesIn: 0, bytesOut: 0 } }),
    release: stage({ dynamodb: { requests: 40, bytesIn: MIB, bytesOut: 0 } }),
    training: stage({ invocations: 1, seconds: 360 }),
  },
}
const deployed: Deployed = {
  functions: {
    intake: { memoryGib: 1, diskGib: 0 },
    plan: { memoryGib: 2, diskGib: 0 },
    close: { memoryGib: 4, diskGib: 9.5 },
    start: { memoryGib: 1, diskGib: 0 },
    release: { memoryGib: 2, diskGib: 0 },
  },
  keys: 2,
  secrets: 1,
  alarmMetrics: 20,
  dashboards: 1,
  images: 1,
  eventSources: 1,
  customMetrics: 30,
  runsPerDay: 24,
  callsPerDay: 1,
  rawRetentionDays: 14,
  lakeRetentionDays: null,
  onlineDays: 8,
  training: { instanceTypes: ['ml.m5.large'], volumeGib: 30 },
}
const quantities = (lines: readonly Line[]): Record<string, number> =>
  Object.fromEntries(lines.map(({ service, what, quantity }) => [`${service} ${what}`, quantity]))

describe('Bills', () => {
  // Ten times the events: a month of 365/12 days has 304 1/6 measured days of them, 30 5/12 of runs.
  const lines = billOf(measured, deployed, prices, { eventsPerDay: 10_000 })

  test('A bill multiplies the measured use by monthly events, drops and runs', () => {
    const found = quantities(lines)
    const expected = {
      'Lambda requests': 3650 / 1.2 + 2920,
      // (20·1 + 24·2 + 12·4 + 2.4·1) GiB-seconds a measured day.
      'Lambda GiB-seconds of memory': (118.4 * 3650) / 12,
      'Lambda GiB-seconds of /tmp': (12 * 9.5 * 3650) / 12,
      'S3 requests': (150 * 3650) / 12 + (200 * 365) / 12,
      // Raw 100 MiB a day for 14 days, and 10 MiB a day of the lake for a year.
      'S3 GiB-months': (1400 + 3650) / 1024,
      // Forty batches of 25 rows grow with the events; 24 KiB of the registry with the runs.
      'DynamoDB write units': (1000 * 3650) / 12 + 730,
      // Plan reads 192 KiB, 48 units; release asks 40 times.
      'DynamoDB read units': (88 * 365) / 12,
      'DynamoDB GiB-months, recoverable': (10 * 8) / 1024 + (24 * 365) / 1024 / 1024,
      // A day: 72 functions once a run, 24 pieces of two states, 24 runs of six more.
      'Step Functions transitions': ((72 + 48 + 144) * 365) / 12,
      'SageMaker hours of ml.m5.large': (360 * 3650) / 12 / 3600 + (180 * 365) / 12 / 3600,
      'SQS requests': (3 * 36_500) / 12,
      'EventBridge events of S3': 36_500 / 12,
      'CloudWatch GiB of logs': 3650 / 12,
      'CloudWatch metrics of our own': 30,
    }
    for (const [what, quantity] of Object.entries(expected))
      expect(found[what], what).toBeCloseTo(quantity, 6)
  })

  test('Larger drops cause fewer intake requests but the same bytes', () => {
    const larger = quantities(
      billOf(measured, deployed, prices, { eventsPerDay: 10_000, eventsPerDrop: 1000 }),
    )
    const found = quantities(lines)
    expect(larger['SQS requests']).toBeCloseTo(found['SQS requests']! / 10, 6)
    expect(larger['S3 requests']).toBeCloseTo((150 * 365) / 12 + (200 * 365) / 12, 6)
    expect(larger['Lambda GiB-seconds of memory']).toBe(found['Lambda GiB-seconds of memory'])
  })

  test('A bill counts the lake for as long as it is kept', () => {
    const kept = { ...deployed, lakeRetentionDays: 90 }
    const found = quantities(billOf(measured, kept, prices, { eventsPerDay: 10_000 }))
    // 10 MiB a day of clean events for 90 days instead of a year; raw objects as before.
    expect(found['S3 GiB-months']).toBeCloseTo((1400 + 900) / 1024, 6)
  })

  test('The total of a bill is the sum of quantity times price', () => {
    const [, memory] = lines
    expect(memory!.price).toBe(0.0000133334)
    const byHand = lines.reduce((total, { quantity, price }) => total + quantity * price, 0)
    expect(sumUsd(lines)).toBeCloseTo(byHand, 10)
    expect(sumUsd([memory!])).toBeCloseTo(((118.4 * 3650) / 12) * 0.0000133334, 10)
  })

  test('A bill uses the most expensive training instance of all scenes', () => {
    const training = {
      instanceTypes: ['ml.m5.large', 'ml.m5.xlarge', 'ml.m5.large'],
      volumeGib: 30,
    }
    const dear = billOf(measured, { ...deployed, training }, prices, { eventsPerDay: 10_000 })
    const hours = (of: readonly Line[]) => of.find(({ what }) => what.startsWith('hours of'))!
    expect(hours(dear)).toEqual({
      ...hours(lines),
      what: 'hours of ml.m5.xlarge',
      price: prices.trainingHour['ml.m5.xlarge'],
    })
  })

  test('A bill counts increments as training jobs when no function trains them', () => {
    const increment = stage({ invocations: 23, seconds: 46 })
    const ofStages = { ...measured, stages: { ...measured.stages, increment } }
    const hoursWith = (functions: Deployed['functions']) =>
      quantities(billOf(ofStages, { ...deployed, functions }, prices, { eventsPerDay: 10_000 }))[
        'SageMaker hours of ml.m5.large'
      ]
    const jobs = (360 * 3650) / 12 / 3600 + (180 * 365) / 12 / 3600
    const own = { ...deployed.functions, increment: { memoryGib: 2, diskGib: 0 } }
    expect(hoursWith(own)).toBeCloseTo(jobs, 6)
    const more = (46 * 3650) / 12 / 3600 + (23 * 180 * 365) / 12 / 3600
    expect(hoursWith(deployed.functions)).toBeCloseTo(jobs + more, 6)
  })

  test('A bill is refused when an instance has no price', () => {
    const elsewhere = { ...deployed, training: { instanceTypes: ['ml.p5.48xlarge'], volumeGib: 1 } }
    expect(() => billOf(measured, elsewhere, prices, { eventsPerDay: 1 })).toThrow(
      '--prices: the list has no price of ml.p5.48xlarge',
    )
  })
})

describe('A month at rest', () => {
  test('A month at rest costs the standing resources and the idle runs', () => {
    const lines = restOf(measured, deployed, prices)
    const found = quantities(lines)
    expect(found['Scheduler invocations']).toBeCloseTo((25 * 365) / 12, 6)
    expect(found['Step Functions transitions of idle runs']).toBeCloseTo((24 * 8 * 365) / 12, 6)
    // A plan takes a second of 2 GiB, a start a tenth of one.
    expect(found['Lambda GiB-seconds of idle runs']).toBeCloseTo((24 * 2.1 * 365) / 12, 6)
    const standing = 2 * 1 + 0.4 + 20 * 0.1 + 3 + 0.1 * 0.1
    const polls = ((5 * 86_400) / 20) * (365 / 12) * 4e-7
    const runs = ((25 * 365) / 12) * 1e-6 + ((192 * 365) / 12) * 0.000025
    const idle = ((50.4 * 365) / 12) * 0.0000133334
    expect(sumUsd(lines)).toBeCloseTo(standing + polls + runs + idle, 10)
  })
})

describe('The npm run cost command', () => {
  const cost = (...flags: string[]) =>
    spawnSync(process.execPath, ['cdk/cli/cost.ts', ...flags], { cwd: ROOT, encoding: 'utf8' })

  test('The cost command prints costs by service, standing costs and assumptions', () => {
    const { status, stdout, stderr } = cost('--events-per-day', '1000000')
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout.trimEnd()).toBe(readmeBlock('What it costs', 'events a day'))
    const sums = [...stdout.matchAll(/total +([\d.]+)\n/g)].map(([, usd]) => Number(usd))
    const [, all] = /([\d.]+) USD a month in total/.exec(stdout)!
    expect(sums).toHaveLength(2)
    expect(sums[0]! + sums[1]!).toBeCloseTo(Number(all), 1)
  })

  test.each([
    [[], '--events-per-day is missing; see npm run cost -- --help\n'],
    [['--events-per-day', '0'], '--events-per-day 0: expected a number above 0, at most 1e12\n'],
    [
      ['--events-per-day', '1', '--region', 'mars'],
      '--region mars: expected a Region with prices in cdk/cli/cost/prices.json (us-east-1)\n',
    ],
    [['--event', '1'], "Unknown option '--event'; see npm run cost -- --help\n"],
  ])('The cost command refuses %j in one sentence and exits with 2', (flags, sentence) => {
    const { status, stderr } = cost(...flags)
    expect(stderr).toBe(sentence)
    expect(status).toBe(2)
  })
})
