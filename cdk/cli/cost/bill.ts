import { UsageError } from '../errors.ts'
import type { Deployed } from './deployed.ts'
import { ASSUMED, GIB, type Line, type Load, line, MONTH_DAYS, type Scale, sum } from './line.ts'
import type { Measured, StageMeasured } from './measured.ts'
import type { Prices } from './prices.ts'
import { costClassOf, invokedBy, TRAINING_JOBS } from './stages.ts'
import { tableLines } from './tables.ts'

const isByDrop = (name: string): boolean => costClassOf(name)?.invokedBy === 'drop'
const INCREMENT = 'increment'

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
  [TRAINING_JOBS, ...(INCREMENT in functions ? [] : [INCREMENT])].flatMap(
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
  const stages = Object.entries(measured.stages).filter(([stage]) => stage !== TRAINING_JOBS)
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
    ...tableLines(measured, deployed, prices, load, scale),
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
