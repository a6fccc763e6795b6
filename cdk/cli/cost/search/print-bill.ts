import { KEPT_GENERATIONS } from '../../../../functions/contract/search-index.ts'
import { amount, tableOf } from '../bill-table.ts'
import { ASSUMED, MONTH_DAYS, sumUsd } from '../line.ts'
import type { Prices } from '../prices.ts'
import { indexLines, NONCURRENT_DAYS, useOfDrops } from './index-lines.ts'
import { LIFE_DAYS, type Life, REBUILD_DAYS, simulateLife } from './life.ts'
import type { SearchLoad } from './load.ts'
import { memoryOf } from './memory.ts'
import { pagesLines } from './pages-lines.ts'
import { type QueryCost, readerLines, urlLines } from './query-lines.ts'
import { ASSUMED_SEARCH, RATES } from './rates.ts'
import { FLOOR_OCUS } from './servers.ts'
import { secondsOf } from './use.ts'

/** Hits with their stored documents: each is one read of S3. */
const STORED_HITS = 10

const milliseconds = (seconds: number): string => (seconds * 1000).toPrecision(2)

/** How long a drop and a rebuild take, and which declared memory is too small for that. */
function describeLimits(life: Life, load: SearchLoad, raised: string[]): string {
  const drop = secondsOf(useOfDrops(life, load)) / load.dropsPerDay / MONTH_DAYS
  const minutes = secondsOf(life.built) / 60
  const sideBySide = life.parts > 1 ? ` of functions, in ${life.parts} parts` : ''
  const memory =
    raised.length > 0 ? ` More memory than declared is priced: ${raised.join(', ')}.` : ''
  return `A drop takes ${drop.toFixed(1)} s, a rebuild ${amount(minutes)} min${sideBySide}.${memory}`
}

/** How often a changed document is written, and what stays of it. */
function describeMerges({ changed, segments }: Life): string {
  const times = (changed.added + changed.merged) / changed.added
  return `merge-policy.ts, simulated: a changed document is written ${times.toFixed(1)} times in each of ${KEPT_GENERATIONS} generations; a search reads ${amount(segments)} segments.`
}

const answers = ({ seconds, instances }: QueryCost): string =>
  `${milliseconds(seconds)} ms a query, ${instances}`

/** The sentences below the tables: sources, measured rates and assumptions. */
function notesOf(
  prices: { prices: Prices; source: string },
  life: Life,
  load: SearchLoad,
  raised: string[],
  [url, reader]: readonly [QueryCost, QueryCost],
): string {
  const { s3Seconds, rowSeconds, bytesPerSecond, idleSeconds, instanceSeconds } = ASSUMED_SEARCH
  const [pages, deletions, kept, reads] = pagesLines(life, load, prices.prices).map((one) =>
    sumUsd([one]).toFixed(2),
  )
  const stored = load.queriesPerDay * MONTH_DAYS * STORED_HITS * prices.prices.s3ReadRequest
  return `Prices    ${prices.source}.
Measured  node test/bench/search-rates.ts: a document of 60 words takes ${RATES.indexBytes} + ${RATES.documentsBytes} bytes, ${amount(RATES.addSeconds * 1e6)} µs to add and ${amount(RATES.mergeSeconds * 1e6)} µs to merge.
Merges    ${describeMerges(life)}
Time      ${describeLimits(life, load, raised)}
Queries   By the URL ${answers(url)} instances; by the reader ${answers(reader)} processes, whose machines are not priced.
          They return ids: ${STORED_HITS} stored documents with each query would cost ${stored.toFixed(2)} USD a month more.
Pages     With "read": "dynamodb", rows of pages cost at most ${pages} USD a month more to write, ${deletions} to delete,
          ${kept} to keep and ${reads} to read. With "s3", a request of each query costs ${(stored / STORED_HITS).toFixed(2)} USD; it
          makes one for each word and large segment whose list it does not keep.
Assumed   A second of this machine is a second of Lambda. A request of S3 takes ${s3Seconds * 1000} ms, one of DynamoDB ${rowSeconds * 1000} ms, and
          ${amount(bytesPerSecond / 1e6)} MB a second are transferred. Each change replaces a document, any of them with equal chance. The lake has
          the drops of ${ASSUMED.keptDays} days. A generation is built each ${REBUILD_DAYS} days, written to for ${LIFE_DAYS}, and its deleted objects stay
          ${NONCURRENT_DAYS} days more. An idle instance ends after ${idleSeconds / 60} min, a busy one after ${instanceSeconds / 3600} h. Drops without
          documents, intake, alarms, keys and the dashboard are not counted, nor is data transfer out.
`
}

/**
 * What a scene's search index costs a month, line by line, beside the floor of OpenSearch Serverless. Throws
 * UsageError for an index that no function can hold.
 */
export function printSearchBill(
  load: SearchLoad,
  list: { prices: Prices; source: string },
): string {
  const { prices } = list
  const life = simulateLife(load)
  const { memory, raised } = memoryOf(life, load.documents)
  const index = indexLines(life, load, memory, prices)
  const url = urlLines(life, load, memory, prices)
  const reader = readerLines(life, load, prices)
  const totals = [url, reader].map(({ lines }) => (sumUsd(index) + sumUsd(lines)).toFixed(2))
  const { withStandby, withoutStandby } = FLOOR_OCUS
  const floors = [withStandby, withoutStandby].map(
    (units) => units * MONTH_DAYS * 24 * prices.openSearchOcuHour,
  )
  const [whole, half] = floors.map((usd) => usd.toFixed(2))
  const { documents, changesPerDay, dropsPerDay, queriesPerDay } = load
  return `A search index of ${amount(documents)} documents: a month of ${MONTH_DAYS.toFixed(1)} days
${amount(changesPerDay)} documents change a day, in ${amount(dropsPerDay)} drops; ${amount(queriesPerDay)} queries a day

${tableOf(index)}

Queries by the function URL

${tableOf(url.lines)}

The same queries by the reader, in processes of online services

${tableOf(reader.lines)}

${totals[0]} USD a month with the function URL, ${totals[1]} with the reader. OpenSearch Serverless costs at least ${whole} USD
(two OCUs at ${prices.openSearchOcuHour} an hour), or ${half} with two half OCUs, without a standby, at any load; its storage is extra.

${notesOf(list, life, load, raised, [url, reader])}`
}
