import { ASSUMED_SEARCH, RATES } from './rates.ts'

/** What writers of an index asked of S3 and DynamoDB, and what they computed. Means: the numbers are fractions. */
export interface Use {
  puts: number
  gets: number
  lists: number
  /** Requests of S3 that wait for each other; those sent at once count as one. */
  waits: number
  /** Strongly consistent reads, and writes, of rows below a KiB. */
  rowReads: number
  rowWrites: number
  bytesIn: number
  bytesOut: number
  /** Documents that were added, and that merges read. */
  added: number
  merges: number
  merged: number
  /** Documents of segments that were opened, and of sets of deleted documents. */
  opened: number
  deleted: number
  /** Objects that were written. */
  objects: number
  cpuSeconds: number
}

export const noUse = (): Use => ({
  ...{ puts: 0, gets: 0, lists: 0, waits: 0, rowReads: 0, rowWrites: 0, bytesIn: 0, bytesOut: 0 },
  ...{ added: 0, merges: 0, merged: 0, opened: 0, deleted: 0, objects: 0, cpuSeconds: 0 },
})

/** Adds `more`, so many times, to a use in place. */
export function spend(use: Use, more: Partial<Use>, times = 1): void {
  for (const [name, amount] of Object.entries(more)) use[name as keyof Use] += amount * times
}

/** Seconds of a function that does this alone: waits for requests, transfers, computes. */
export function secondsOf(use: Use): number {
  const { s3Seconds, rowSeconds, bytesPerSecond } = ASSUMED_SEARCH
  const { waits, rowReads, rowWrites, bytesIn, bytesOut } = use
  const { openSeconds, deletedSeconds } = RATES
  return (
    waits * s3Seconds +
    (rowReads + rowWrites) * rowSeconds +
    (bytesIn + bytesOut) / bytesPerSecond +
    use.added * RATES.addSeconds +
    use.merges * RATES.mergeFixedSeconds +
    use.merged * RATES.mergeSeconds +
    use.opened * openSeconds +
    use.deleted * deletedSeconds +
    use.cpuSeconds
  )
}
