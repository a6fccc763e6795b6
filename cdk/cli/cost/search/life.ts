import { KEPT_GENERATIONS } from '../../../../functions/contract/search-index.ts'
import { BATCH_DOCUMENTS } from '../../../../functions/search-index/build.ts'
import { FILES_AT_ONCE } from '../../../../functions/search-index/ledger.ts'
import { ASSUMED, sum } from '../line.ts'
import type { SearchLoad } from './load.ts'
import { RATES } from './rates.ts'
import { addDrop, emptyIndex, type Simulated } from './simulate.ts'
import { noUse, spend, type Use } from './use.ts'

/** Days between two generations (rebuild.ts), and those of a generation: each drop is written to the last three. */
export const REBUILD_DAYS = 7
export const LIFE_DAYS = REBUILD_DAYS * KEPT_GENERATIONS

/** A generation from its build until it is retired. */
export interface Life {
  /** Its build, and all drops of its days. */
  built: Use
  changed: Use
  /** Segments, and bytes of their index objects with those of replaced documents: means of its days. */
  segments: number
  indexBytes: number
  /** Bytes at its end, and the sum of those of each day. Objects stay until the generation is retired. */
  bytes: number
  byteDays: number
  /** Objects at its end. */
  objects: number
}

/** Keys of one page of a listing, and requests that readEach has at once. */
export const LISTED = 1000
export const AT_ONCE = 16

/**
 * Builds from the lake as rebuild.ts does: it reads each manifest, and each clean file twice, several at once. The
 * newest statements about all documents go into segments of a batch each.
 */
function build(index: Simulated, { documents, dropsPerDay }: SearchLoad): void {
  const { use } = index
  const drops = dropsPerDay * ASSUMED.keptDays
  for (let left = documents; left > 0; left -= BATCH_DOCUMENTS)
    addDrop(index, Math.min(left, BATCH_DOCUMENTS), false)
  const pages = 2 * Math.ceil(drops / LISTED)
  const waits = pages + drops / AT_ONCE + (2 * drops) / FILES_AT_ONCE
  spend(use, { lists: pages, gets: 3 * drops, waits })
  spend(use, { cpuSeconds: 2 * drops * RATES.fileSeconds })
}

/** Builds a generation and writes the drops of its days to it. */
export function simulateLife(load: SearchLoad): Life {
  const index = emptyIndex()
  build(index, load)
  const built = index.use
  index.use = noUse()
  const size = load.changesPerDay / load.dropsPerDay
  const sums = { byteDays: 0, segments: 0, indexBytes: 0 }
  for (let day = 0; day < LIFE_DAYS; day++) {
    const before = index.use.bytesIn
    for (let drop = 0; drop < load.dropsPerDay; drop++) addDrop(index, size, true)
    sums.byteDays += built.bytesIn + (before + index.use.bytesIn) / 2
    sums.segments += index.segments.length
    sums.indexBytes += sum(index.segments.map(({ indexBytes }) => indexBytes))
  }
  const { use: changed } = index
  return {
    ...{ built, changed, byteDays: sums.byteDays },
    segments: sums.segments / LIFE_DAYS,
    indexBytes: sums.indexBytes / LIFE_DAYS,
    bytes: built.bytesIn + changed.bytesIn,
    objects: built.objects + changed.objects,
  }
}
