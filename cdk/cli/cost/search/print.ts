import { rebuildIndex } from '../../../../functions/search-index/stages.ts'
import { amount, tableOf } from '../bill-table.ts'
import { ASSUMED, MONTH_DAYS, sumUsd } from '../line.ts'
import type { Prices } from '../prices.ts'
import { indexLines, rebuildSeconds } from './bill.ts'
import { type Life, LIFE_DAYS, simulateLife } from './life.ts'
import type { SearchLoad } from './load.ts'
import { memoryOf } from './memory.ts'
import { readerLines, urlLines } from './queries.ts'
import { ASSUMED_SEARCH } from './rates.ts'
import { secondsOf } from './use.ts'

/** The least that OpenSearch Serverless runs: one unit each to index and to search, or half of one without a standby. */
const FLOOR_OCUS = [2, 1] as const
const STORED_HITS = 10

const ms = (seconds: number): string => (seconds * 1000).toPrecision(2)

/** What the functions must be able to do, and where the declared limits are too small. */
function describeLimits(life: Life, { dropsPerDay }: SearchLoad, raised: readonly string[]) {
  const drop = (secondsOf(life.changed) * 3) / LIFE_DAYS / dropsPerDay
  const rebuild = rebuildSeconds(life) / 60
  const { timeoutMinutes } = rebuildIndex
  const isLate = rebuild > timeoutMinutes
  return [
    `A drop takes ${drop.toFixed(1)} s, a rebuild ${amount(rebuild)} min${isLate ? `: more than the ${timeoutMinutes} min that its function has` : ''}.`,
    ...(raised.length > 0
      ? [`More memory than declared is needed, and priced: ${raised.join(', ')}.`]
      : []),
  ].join(' ')
}
