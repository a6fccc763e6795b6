import { KEPT_GENERATIONS } from '../../../../functions/contract/search-index.ts'
import { BATCH_DOCUMENTS } from '../../../../functions/search-index/build.ts'
import { FILES_AT_ONCE } from '../../../../functions/search-index/ledger.ts'
import { PART_FILES } from '../../../../functions/search-index/plan-parts.ts'
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
  /** Its build, of all its functions together, and all drops of its days. */
  built: Use
  /** Parts that the lake is cut into for the build. */
  parts: number
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

/** Listings of manifests and of clean files, for the plan and for each of two rounds (rebuild.ts). */
const LISTINGS = 6
/** Keys of one page of a listing, and requests that readEach has at once. */
export const LISTED = 1000
export const AT_ONCE = 16

const dropsInLake = (dropsPerDay: number): number => dropsPerDay * ASSUMED.keptDays

/**
 * Builds from the lake as rebuild.ts does: it reads each manifest, and each clean file twice, several at once. The
 * newest statements about all documents go into segments of a batch each. Parts of a large lake ask for the same.
 */
function build(index: Simulated, { documents, dropsPerDay }: SearchLoad): void {
  const { use } = index
  const drops = dropsInLake(dropsPerDay)
  for (let left = documents; left > 0; left -= BATCH_DOCUMENTS)
    addDrop(index, Math.min(left, BATCH_DOCUMENTS), false)
  const pages = LISTINGS * Math.ceil(drops / LISTED)
  const waits = pages + (3 * drops) / FILES_AT_ONCE
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
    parts: Math.ceil(dropsInLake(load.dropsPerDay) / PART_FILES),
    segments: sums.segments / LIFE_DAYS,
    indexBytes: sums.indexBytes / LIFE_DAYS,
    bytes: built.bytesIn + changed.bytesIn,
    objects: built.objects + changed.objects,
  }
}
