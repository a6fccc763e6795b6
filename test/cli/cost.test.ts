import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { billOf } from '../../cdk/cli/cost/bill.ts'
import type { Deployed } from '../../cdk/cli/cost/deployed.ts'
import { type Line, type Load, sumUsd } from '../../cdk/cli/cost/line.ts'
import type { Measured, StageMeasured } from '../../cdk/cli/cost/measured.ts'
import { readPrices } from '../../cdk/cli/cost/prices.ts'
import { restOf } from '../../cdk/cli/cost/rest.ts'
import { describeOnline } from '../../cdk/cli/cost/tables.ts'
import { readmeBlock } from '../readme/blocks.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const MIB = 2 ** 20
const LOAD: Load = { eventsPerDay: 10_000, slatesPerDay: 500, itemsPerSlate: 9 }
/** What a stage's requests of one table used. */
const rows = (table: string, writeUnits: number, readUnits: number) => ({
  ...{ requests: 1, bytesIn: 0, bytesOut: 0 },
  tables: { [table]: { rowsWritten: writeUnits, rowsRead: readUnits, writeUnits, readUnits } },
})
const { prices } = readPrices('us-east-1')
const stage = (used: Partial<StageMeasured>): StageMeasured => ({
  invocations: 24,
  failures: 0,
  seconds: 0,
  peakMemoryMiB: 100,
  s3: { requests: 0, bytesIn: 0, bytesOut: 0 },
  dynamodb: { requests: 0, bytesIn: 0, bytesOut: 0, tables: {} },
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
      dynamodb: rows('registry', 24, 48),
    }),
    close: stage({ seconds: 12 }),
    start: stage({ seconds: 2.4, s3: { requests: 200, bytesIn: 0, bytesOut: 0 } }),
    release: stage({ dynamodb: rows('online', 600, 100) }),
    training: stage({ invocations: 1, seconds: 360 }),
  },
  tables: {
    online: { rows: 100, bytes: 100 * 1024, largestRowBytes: 4097 },
    registry: { rows: 24, bytes: 24 * 1024, largestRowBytes: 1024 },
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
  servers: { domains: [], ocus: 0 },
}
const quantities = (lines: readonly Line[]): Record<string, number> =>
  Object.fromEntries(lines.map(({ service, what, quantity }) => [`${service} ${what}`, quantity]))

describe('Bills', () => {
  // Ten times the events: a month of 365/12 days has 304 1/6 measured days of them, 30 5/12 of runs.
  const lines = billOf(measured, deployed, prices, LOAD)

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
      // Rows of users and items grow with the events, those of the registry with the runs.
      'DynamoDB write units': (600 * 3650) / 12 + (24 * 365) / 12,
      'DynamoDB read units': (100 * 3650) / 12 + (48 * 365) / 12,
      // A row of more than 4 KiB takes a whole unit, and a slate reads ten.
      'DynamoDB read units of slates': (500 * 10 * 365) / 12,
      // Ten times the entities a day, for the eight days that a value stays; a year of the registry.
      'DynamoDB GiB-months, recoverable': (10 * 100 * 8 + 24 * 365) / 1024 / 1024,
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
    const larger = quantities(billOf(measured, deployed, prices, { ...LOAD, eventsPerDrop: 1000 }))
    const found = quantities(lines)
    expect(larger['SQS requests']).toBeCloseTo(found['SQS requests']! / 10, 6)
    expect(larger['S3 requests']).toBeCloseTo((150 * 365) / 12 + (200 * 365) / 12, 6)
    expect(larger['Lambda GiB-seconds of memory']).toBe(found['Lambda GiB-seconds of memory'])
  })

  test('Smaller drops write more rows only in stages that a drop starts', () => {
    const near = {
      ...measured,
      stages: { ...measured.stages, intake: stage({ dynamodb: rows('online', 70, 0) }) },
    }
    const writesAt = (eventsPerDrop: number) =>
      quantities(billOf(near, deployed, prices, { ...LOAD, eventsPerDrop }))[
        'DynamoDB write units'
      ]!
    // Measured: 100 events a drop. Larger drops have fewer rows at most by what is not measured.
    expect(writesAt(1000)).toBeCloseTo((670 * 3650) / 12 + (24 * 365) / 12, 6)
    expect(writesAt(50)).toBeCloseTo(((600 + 140) * 3650) / 12 + (24 * 365) / 12, 6)
  })

  test('A bill describes the online rows and the writes of each event', () => {
    expect(describeOnline(measured)).toBe(
      '100 rows of 1024 bytes on average, at most 4,097; write units an event: release 0.600.',
    )
  })

  test('A bill counts the lake for as long as it is kept', () => {
    const kept = { ...deployed, lakeRetentionDays: 90 }
    const found = quantities(billOf(measured, kept, prices, LOAD))
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
    const dear = billOf(measured, { ...deployed, training }, prices, LOAD)
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
      quantities(billOf(ofStages, { ...deployed, functions }, prices, LOAD))[
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
    expect(() => billOf(measured, elsewhere, prices, LOAD)).toThrow(
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
    [
      ['--events-per-day', '1', '--slates-per-day', 'many'],
      '--slates-per-day many: expected a number above 0, at most 1e12\n',
    ],
    [
      ['--search', 'documents=0'],
      '--search documents 0: expected a whole number from 1 to 1000000000\n',
    ],
    [['--event', '1'], "Unknown option '--event'; see npm run cost -- --help\n"],
  ])('The cost command refuses %j in one sentence and exits with 2', (flags, sentence) => {
    const { status, stderr } = cost(...flags)
    expect(stderr).toBe(sentence)
    expect(status).toBe(2)
  })
})
