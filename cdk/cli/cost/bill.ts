import type { CostClass } from '../../../functions/contract/stage.ts'
import { stages } from '../../rooms.ts'
import { UsageError } from '../errors.ts'
import type { Deployed } from './deployed.ts'
import type { Measured, StageMeasured } from './measured.ts'
import type { Prices } from './prices.ts'

/** One line of the bill: quantity × price. */
export interface Line {
  service: string
  what: string
  quantity: number
  price: number
}
/** A line of a service, with the quantity in the service's unit. */
export const line = (service: string, what: string, quantity: number, price: number): Line => ({
  service,
  what,
  quantity,
  price,
})
export const usdOf = ({ quantity, price }: Line): number => quantity * price
export const sumUsd = (lines: readonly Line[]): number =>
  lines.reduce((sum, each) => sum + usdOf(each), 0)

/** Days of a month, on average. */
export const MONTH_DAYS = 365 / 12
const GIB = 2 ** 30

/** Assumptions: neither the templates nor a run state them. The bill prints each. */
export const ASSUMED = {
  /** SageMaker bills an instance from before the program starts. */
  trainingStartSeconds: 180,
  /** States that a run passes beside its functions, and that one shard of a map passes. */
  statesPerRun: 6,
  statesPerPiece: 2,
  /** Rows of the online table in one batch request. Each row is a write unit. */
  rowsPerBatch: 25,
  /** KMS requests of one invocation. */
  kmsRequestsPerInvocation: 3,
  /** Five pollers read each queue that feeds a function, each for 20 seconds. */
  pollsPerMonth: (5 * MONTH_DAYS * 86_400) / 20,
  /** Compressed size of the training image. */
  imageGib: 0.1,
  /** Assumed age of data that is kept for ever: one year. */
  keptDays: 365,
} as const

const NOT_A_FUNCTION = 'training'
/** A training job makes the same number of requests in each run, whatever its size. */
const TRAINING: CostClass = { invokedBy: 'run', requestsGrowWith: 'runs', bytesGrowWith: 'runs' }
const costClassOf = (name: string): CostClass | undefined =>
  name === NOT_A_FUNCTION ? TRAINING : stages.find(({ stage }) => stage.name === name)?.stage.cost
const isByDrop = (name: string): boolean => costClassOf(name)?.invokedBy === 'drop'
const invokedBy = (by: CostClass['invokedBy']): string[] =>
  stages.filter(({ stage }) => stage.cost.invokedBy === by).map(({ stage }) => stage.name)
const INCREMENT = 'increment'

export interface Load {
  eventsPerDay: number
  /** Default: as measured. */
  eventsPerDrop?: number | undefined
}

interface Scale {
  /** The month's events, drops and runs, as multiples of the measurement's. */
  byEvents: number
  byDrops: number
  byRuns: number
}

const NOTHING = { requests: 0, bytesIn: 0, bytesOut: 0 }
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

function lambdaLines(
  stages: [string, StageMeasured][],
  { functions }: Deployed,
  prices: Prices,
  invocations: number,
  scale: Scale,
): Line[] {
  const seconds = (size: 'memoryGib' | 'diskGib'): number =>
    sum(
      stages.map(
        ([stage, used]) => used.seconds * scale.byEvents * (functions[stage]?.[size] ?? 0),
      ),
    )
  const service = 'Lambda'
  return [
    line(service, 'requests', invocations, prices.lambdaRequest),
    line(service, 'GiB-seconds of memory', seconds('memoryGib'), prices.lambdaArmGibSecond),
    line(service, 'GiB-seconds of /tmp', seconds('diskGib'), prices.lambdaDiskGibSecond),
  ]
}

function storageLines(
  measured: Measured,
  stages: [string, StageMeasured][],
  deployed: Deployed,
  prices: Prices,
  { byEvents, byDrops, byRuns }: Scale,
): Line[] {
  const perDay = (bytes: number, scale: number): number => (bytes * scale) / MONTH_DAYS / GIB
  const lakeDays = deployed.lakeRetentionDays ?? ASSUMED.keptDays
  const stands = sum(
    stages.map(([stage, { s3 }]) =>
      costClassOf(stage)?.bytesGrowWith === 'events'
        ? perDay(s3.bytesIn, byEvents) * lakeDays
        : perDay(s3.bytesIn, byRuns) * ASSUMED.keptDays,
    ),
  )
  // Release writes counters of users and items. Registry rows grow with the runs.
  const counts = measured.stages['release']?.dynamodb ?? NOTHING
  const registry = stages
    .filter(([stage]) => stage !== 'release')
    .map(([, { dynamodb }]) => dynamodb)
  const registryBytes = sum(registry.map(({ bytesIn }) => bytesIn))
  const writes = counts.requests * byEvents * ASSUMED.rowsPerBatch + (registryBytes / 1024) * byRuns
  const reads =
    sum(
      [...registry, counts].map(({ requests, bytesOut }) => Math.max(requests, bytesOut / 4096)),
    ) * byRuns
  const tablesGib =
    perDay(counts.bytesIn, byEvents) * deployed.onlineDays +
    perDay(registryBytes, byRuns) * ASSUMED.keptDays
  return [
    line(
      'S3',
      'requests',
      sum(
        stages.map(
          ([stage, { s3 }]) =>
            s3.requests * (costClassOf(stage)?.requestsGrowWith === 'runs' ? byRuns : byDrops),
        ),
      ),
      prices.s3WriteOrListRequest,
    ),
    line(
      'S3',
      'GiB-months',
      perDay(measured.rawBytes, byEvents) * deployed.rawRetentionDays + stands,
      prices.s3GibMonth,
    ),
    line('DynamoDB', 'write units', writes, prices.dynamodbWriteUnit),
    line('DynamoDB', 'read units', reads, prices.dynamodbReadUnit),
    line(
      'DynamoDB',
      'GiB-months, recoverable',
      tablesGib,
      prices.dynamodbGibMonth + prices.dynamodbRecoveryGibMonth,
    ),
  ]
}

/** A measurement does not separate scenes, so all are billed the most expensive instance of any scene. */
function dearestInstance(
  { training }: Deployed,
  { trainingHour }: Prices,
): { instanceType: string; hourPrice: number } {
  const priced = training.instanceTypes.map((instanceType) => {
    const hourPrice = trainingHour[instanceType]
    if (hourPrice === undefined)
      throw new UsageError(`--prices: the list has no price of ${instanceType}`)
    return { instanceType, hourPrice }
  })
  return priced.reduce((dearest, next) => (next.hourPrice > dearest.hourPrice ? next : dearest))
}

/** Stages that run as training jobs. With a custom image the increments are jobs too. */
const jobsOf = ({ stages }: Measured, { functions }: Deployed): StageMeasured[] =>
  [NOT_A_FUNCTION, ...(INCREMENT in functions ? [] : [INCREMENT])].flatMap(
    (stage) => stages[stage] ?? [],
  )

/**
 * Prices a month of a load from a measurement. Time, bytes and drops grow with the events, runs with
 * the schedule. Where the measurement is not detailed enough, the bill is an upper bound: each S3
 * request has the price of a write, each invocation is traced, nothing is free. Throws UsageError for
 * an instance type without a price.
 */
export function billOf(measured: Measured, deployed: Deployed, prices: Prices, load: Load): Line[] {
  const { days, events, drops } = measured
  const eventsPerMonth = load.eventsPerDay * MONTH_DAYS
  const dropsPerMonth = eventsPerMonth / (load.eventsPerDrop ?? events / drops)
  const scale: Scale = {
    byEvents: eventsPerMonth / events,
    byDrops: dropsPerMonth / drops,
    byRuns: MONTH_DAYS / days,
  }
  const stages = Object.entries(measured.stages).filter(([stage]) => stage !== NOT_A_FUNCTION)
  const ofRuns = (names: readonly string[]): number =>
    sum(names.map((name) => (measured.stages[name]?.invocations ?? 0) * scale.byRuns))
  const invocations = sum(
    stages.map(
      ([stage, used]) => used.invocations * (isByDrop(stage) ? scale.byDrops : scale.byRuns),
    ),
  )
  const transitions =
    ofRuns(invokedBy('run')) +
    ofRuns(invokedBy('shard')) * ASSUMED.statesPerPiece +
    ofRuns(['plan']) * ASSUMED.statesPerRun
  const { instanceType, hourPrice } = dearestInstance(deployed, prices)
  const trainingHours = sum(
    jobsOf(measured, deployed).map(
      ({ seconds, invocations: jobs }) =>
        (seconds * scale.byEvents + jobs * scale.byRuns * ASSUMED.trainingStartSeconds) / 3600,
    ),
  )
  const logGib =
    sum(
      Object.entries(measured.stages).map(
        ([stage, { logBytes }]) => logBytes * (isByDrop(stage) ? scale.byDrops : scale.byRuns),
      ),
    ) / GIB
  return [
    ...lambdaLines(stages, deployed, prices, invocations, scale),
    ...storageLines(measured, Object.entries(measured.stages), deployed, prices, scale),
    line('Step Functions', 'transitions', transitions, prices.stepFunctionsTransition),
    line('SageMaker', `hours of ${instanceType}`, trainingHours, hourPrice),
    line(
      'SageMaker',
      'GiB-months of volumes',
      (deployed.training.volumeGib * trainingHours) / (MONTH_DAYS * 24),
      prices.trainingVolumeGibMonth,
    ),
    line('SQS', 'requests', 3 * dropsPerMonth, prices.sqsRequest),
    line('EventBridge', 'events of S3', dropsPerMonth, prices.eventBridgeOptInEvent),
    line('CloudWatch', 'GiB of logs', logGib, prices.logsGib),
    line('CloudWatch', 'metrics of our own', deployed.customMetrics, prices.customMetricMonth),
    line('X-Ray', 'traces', invocations, prices.xrayTrace),
    line('KMS', 'requests', invocations * ASSUMED.kmsRequestsPerInvocation, prices.kmsRequest),
  ]
}
