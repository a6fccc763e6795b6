import { ASSUMED, GIB, type Line, line, MONTH_DAYS } from '../line.ts'
import type { Prices } from '../prices.ts'
import { coldStart, startsPerDay } from './instances.ts'
import { LIFE_DAYS, type Life } from './life.ts'
import type { SearchLoad } from './load.ts'
import type { Memory } from './memory.ts'
import { ASSUMED_SEARCH, RATES } from './rates.ts'
import { noUse, secondsOf, spend, type Use } from './use.ts'

/** Rows that a query by the URL reads: CURRENT of the registry, and the pointer (search.lambda.ts). */
const ROWS_PER_QUERY = 2
const DAY_SECONDS = 86_400
/** X-Ray takes the first request of each second and this share of the others (Lambda's documentation of tracing). */
const TRACED_SHARE = 0.05
/** The reader looks at its pointer at most once a second while it is searched (reader.ts). */
const POINTER_SECONDS = 1

/** Seconds of CPU for one query of two words. */
const searchSeconds = (documents: number): number =>
  RATES.querySeconds + documents * RATES.querySecondsPerDocument

/** What a process reads to follow one drop: the snapshot, then the new segment and the new sets of deleted documents. */
function useOfFollowing({ changed }: Life, { dropsPerDay }: SearchLoad): Use {
  const drops = dropsPerDay * LIFE_DAYS
  // Each drop and merge puts a segment's two objects and a snapshot; the other objects are sets.
  const sets = changed.objects / drops - 3 * (1 + changed.merges / drops)
  const written = (changed.added + changed.merged) / drops
  return {
    ...noUse(),
    ...{ gets: 2 + sets, waits: 2, opened: written, deleted: changed.deleted / drops },
    bytesOut: written * RATES.indexBytes,
  }
}

/** Requests a day that X-Ray traces, of requests at any time (Poisson). */
const tracesPerDay = (queries: number): number => {
  const first = DAY_SECONDS * (1 - Math.exp(-queries / DAY_SECONDS))
  return first + TRACED_SHARE * (queries - first)
}

export interface QueryCost {
  lines: Line[]
  /** Seconds of one query, and instances or processes that answer. */
  seconds: number
  instances: number
}

/** A month of queries by the function URL. */
export function urlLines(
  life: Life,
  load: SearchLoad,
  { search: memoryMiB }: Memory,
  prices: Prices,
): QueryCost {
  const { documents, queriesPerDay, dropsPerDay } = load
  const { rowSeconds, invokeSeconds, peak, invocationLogBytes } = ASSUMED_SEARCH
  const queries = queriesPerDay * MONTH_DAYS
  const seconds = searchSeconds(documents) + ROWS_PER_QUERY * rowSeconds + invokeSeconds
  const instances = Math.ceil((peak * queriesPerDay * seconds) / DAY_SECONDS) + 1
  const starts = startsPerDay(queriesPerDay, instances) * MONTH_DAYS
  const loading = noUse()
  spend(loading, coldStart(life, documents, 1), starts)
  const followed = Math.min(queriesPerDay, dropsPerDay * instances) * MONTH_DAYS
  spend(loading, useOfFollowing(life, load), followed)
  const gib = memoryMiB / 1024
  const { lambdaArmGibSecond } = prices
  const lines = [
    line('Lambda', 'requests', queries, prices.lambdaRequest),
    line('Lambda', 'GiB-seconds of queries', queries * seconds * gib, lambdaArmGibSecond),
    line('Lambda', 'GiB-seconds of loading', secondsOf(loading) * gib, lambdaArmGibSecond),
    line('DynamoDB', 'read units', queries * ROWS_PER_QUERY, prices.dynamodbReadUnit),
    line('S3', 'reads of loading', loading.gets, prices.s3ReadRequest),
    line('CloudWatch', 'GiB of logs', (queries * invocationLogBytes) / GIB, prices.logsGib),
    line('X-Ray', 'traces', tracesPerDay(queriesPerDay) * MONTH_DAYS, prices.xrayTrace),
    line('KMS', 'requests', starts * ASSUMED.kmsRequestsPerInvocation, prices.kmsRequest),
  ]
  return { lines, seconds, instances }
}

/** A month of the same queries by the reader, in processes of online services, whose machines are not priced. */
export function readerLines(life: Life, load: SearchLoad, prices: Prices): QueryCost {
  const { readers } = ASSUMED_SEARCH
  const { queriesPerDay, dropsPerDay, documents } = load
  const looks = Math.min(queriesPerDay, (readers * DAY_SECONDS) / POINTER_SECONDS) * MONTH_DAYS
  const followed = Math.min(queriesPerDay, dropsPerDay * readers) * MONTH_DAYS
  const reads = followed * useOfFollowing(life, load).gets
  const lines = [
    line('DynamoDB', 'read units', looks, prices.dynamodbReadUnit),
    line('S3', 'reads of loading', reads, prices.s3ReadRequest),
  ]
  return { lines, seconds: searchSeconds(documents), instances: readers }
}
