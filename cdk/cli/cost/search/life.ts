import { KEPT_GENERATIONS } from '../../../../functions/contract/search-index.ts'
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
 * Builds from the lake as rebuild.ts does: the first catalogue and the drops of a year, file by file, the oldest
 * first. A statement is still the newest about its document with the chance that no later drop replaced it.
 */
function build(index: Simulated, { documents, changesPerDay, dropsPerDay }: SearchLoad): void {
  const { use } = index
  const drops = dropsPerDay * ASSUMED.keptDays
  const size = changesPerDay / dropsPerDay
  const stays = Math.log1p(-Math.min(size / documents, 1 - 1e-12))
  const first = documents * Math.exp(stays * drops)
  if (first >= 1) addDrop(index, first, false)
  // A file with less than one newest statement in the mean is read, and adds to the next.
  let files = 0
  let waiting = 0
  for (let later = drops - 1; later >= 0; later--) {
    const newest = size * Math.exp(stays * later)
    files += 1 - Math.exp(-newest)
    waiting += newest
    if (files < 1) continue
    addDrop(index, waiting, false)
    files -= 1
    waiting = 0
  }
  const pages = 2 * Math.ceil(drops / LISTED)
  // Manifests are read at once; each clean file twice, one after the other.
  spend(use, { lists: pages, gets: 3 * drops, waits: pages + drops / AT_ONCE + 2 * drops })
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
