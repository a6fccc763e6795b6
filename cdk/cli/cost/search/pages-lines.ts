import { ROW_BYTES } from '../../../../functions/search-index/pages/table-pages.ts'
import { GIB, type Line, line, MONTH_DAYS } from '../line.ts'
import type { Prices } from '../prices.ts'
import { type Life, REBUILD_DAYS } from './life.ts'
import type { SearchLoad } from './load.ts'
import { RATES } from './rates.ts'
import type { Use } from './use.ts'

/** A row of four KB. To delete a row costs as much as to write it (Amazon DynamoDB pricing, on-demand). */
const UNITS_PER_ROW = 4
/** A warm query of two words reads some two rows (`npm run bench`), each half a unit: eventually consistent. */
const READ_UNITS_PER_QUERY = 1

const indexBytesOf = ({ added, merged }: Use): number => (added + merged) * RATES.indexBytes

/**
 * A month of pages in rows of the online table (`"read": "dynamodb"`), beside all other lines. At most: all bytes of
 * all segments are counted, also those of sections and small segments that are read from S3.
 */
export function pagesLines(
  { built, changed, byteDays }: Life,
  { queriesPerDay }: SearchLoad,
  prices: Prices,
): Line[] {
  const rows =
    ((indexBytesOf(built) + indexBytesOf(changed)) * MONTH_DAYS) / REBUILD_DAYS / ROW_BYTES
  const units = rows * UNITS_PER_ROW
  const share = RATES.indexBytes / (RATES.indexBytes + RATES.documentsBytes)
  const reads = queriesPerDay * MONTH_DAYS * READ_UNITS_PER_QUERY
  const { dynamodbWriteUnit, dynamodbGibMonth, dynamodbRecoveryGibMonth, dynamodbReadUnit } = prices
  const gib = (byteDays * share) / REBUILD_DAYS / GIB
  return [
    line('DynamoDB', 'write units of pages', units, dynamodbWriteUnit),
    line('DynamoDB', 'write units of deletions', units, dynamodbWriteUnit),
    line('DynamoDB', 'GiB-months', gib, dynamodbGibMonth + dynamodbRecoveryGibMonth),
    line('DynamoDB', 'read units', reads, dynamodbReadUnit),
  ]
}
