import { KEPT_GENERATIONS } from '../../../../functions/contract/search-index.ts'
import { indexDrop, rebuildIndex } from '../../../../functions/search-index/stages.ts'
import { ASSUMED, GIB, type Line, line, MONTH_DAYS } from '../line.ts'
import type { Prices } from '../prices.ts'
import { coldStart, startsPerDay } from './instances.ts'
import { AT_ONCE, LISTED, type Life, REBUILD_DAYS } from './life.ts'
import type { SearchLoad } from './load.ts'
import type { Memory } from './memory.ts'
import { ASSUMED_SEARCH, RATES } from './rates.ts'
import { noUse, secondsOf, spend, type Use } from './use.ts'

/** The models bucket keeps deleted objects for so many days (cdk/store-stack.ts). */
export const NONCURRENT_DAYS = 30
/** A message is sent, received and deleted. */
const REQUESTS_PER_DROP = 3
/** Generations that begin in a month. As many end. */
const LIVES = MONTH_DAYS / REBUILD_DAYS

/** A month of drops. Each is written to all generations that are kept, which together live whole lives. */
export function useOfDrops(life: Life, { documents, dropsPerDay }: SearchLoad): Use {
  const use = noUse()
  const drops = dropsPerDay * MONTH_DAYS
  spend(use, life.changed, LIVES)
  // A manifest and a file, and of each generation its definition, and its snapshot for the notes. The rows of state and pointers.
  const own = 2 + 2 * KEPT_GENERATIONS
  const rowReads = 1 + KEPT_GENERATIONS
  spend(use, { gets: own, waits: own, rowReads, cpuSeconds: RATES.fileSeconds }, drops)
  const starts = startsPerDay(dropsPerDay, 1) * MONTH_DAYS
  spend(use, coldStart(life, documents, KEPT_GENERATIONS), starts)
  return use
}

/**
 * A month of rebuilds. Each day the keys of all generations are listed, and of the one that is retired in a week all
 * objects are deleted (retire.ts).
 */
function useOfRebuilds(life: Life): Use {
  const use = noUse()
  spend(use, life.built, LIVES)
  const kept = (life.objects / LISTED) * (KEPT_GENERATIONS / 2)
  spend(use, { lists: 1 + kept, waits: 1 + kept, rowReads: 2 }, MONTH_DAYS)
  spend(use, { waits: life.objects / AT_ONCE }, LIVES)
  return use
}

/** Functions of a build of several parts beside those parts: it is planned first, and finished later. */
const callsOfParts = ({ parts }: Life): number => (parts > 1 ? LIVES * (parts + 1) : 0)
/** A day's build passes its function, a choice and its end. A part passes two (rest.ts), with the map and the rest again. */
const transitionsOf = ({ parts }: Life): number =>
  3 * MONTH_DAYS + (parts > 1 ? LIVES * (2 * parts + 3) : 0)

/** GiB that stay: the lives of all generations, and a month of the retired ones. */
const storedGib = ({ byteDays, bytes }: Life): number =>
  (byteDays + bytes * NONCURRENT_DAYS) / REBUILD_DAYS / GIB

const gibSeconds = (use: Use, memoryMiB: number): number => (secondsOf(use) * memoryMiB) / 1024

/** The index of a month: what drops, rebuilds and storage cost, without queries. */
export function indexLines(life: Life, load: SearchLoad, memory: Memory, prices: Prices): Line[] {
  const [drops, rebuilds] = [useOfDrops(life, load), useOfRebuilds(life)]
  const dropCount = load.dropsPerDay * MONTH_DAYS
  const calls = dropCount + MONTH_DAYS + callsOfParts(life)
  const { invocationLogBytes, dropLogBytes } = ASSUMED_SEARCH
  const logBytes = calls * invocationLogBytes + dropCount * KEPT_GENERATIONS * dropLogBytes
  const metrics = [indexDrop, rebuildIndex].flatMap((stage) => Object.keys(stage.metrics))
  const gib = [gibSeconds(drops, memory.indexDrop), gibSeconds(rebuilds, memory.rebuildIndex)]
  return [
    line('Lambda', 'requests', calls, prices.lambdaRequest),
    line('Lambda', 'GiB-seconds of drops', gib[0]!, prices.lambdaArmGibSecond),
    line('Lambda', 'GiB-seconds of rebuilds', gib[1]!, prices.lambdaArmGibSecond),
    line('S3', 'writes of drops', drops.puts, prices.s3WriteOrListRequest),
    line('S3', 'reads of drops', drops.gets, prices.s3ReadRequest),
    line(
      'S3',
      'writes and lists of rebuilds',
      rebuilds.puts + rebuilds.lists,
      prices.s3WriteOrListRequest,
    ),
    line('S3', 'reads of rebuilds', rebuilds.gets, prices.s3ReadRequest),
    line('S3', 'GiB-months', storedGib(life), prices.s3GibMonth),
    line('DynamoDB', 'write units', drops.rowWrites + rebuilds.rowWrites, prices.dynamodbWriteUnit),
    line('DynamoDB', 'read units', drops.rowReads + rebuilds.rowReads, prices.dynamodbReadUnit),
    line('SQS', 'requests', REQUESTS_PER_DROP * dropCount, prices.sqsRequest),
    line('SQS', 'polls', ASSUMED.pollsPerMonth, prices.sqsRequest),
    line('EventBridge', 'events of S3', dropCount, prices.eventBridgeOptInEvent),
    line('Step Functions', 'transitions', transitionsOf(life), prices.stepFunctionsTransition),
    line('Scheduler', 'invocations', MONTH_DAYS, prices.schedulerInvocation),
    line('CloudWatch', 'GiB of logs', logBytes / GIB, prices.logsGib),
    line('CloudWatch', 'metrics of our own', metrics.length, prices.customMetricMonth),
    line('X-Ray', 'traces', calls, prices.xrayTrace),
    line('KMS', 'requests', calls * ASSUMED.kmsRequestsPerInvocation, prices.kmsRequest),
  ]
}
