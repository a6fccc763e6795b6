import * as stages from '../../../../functions/search-index/stages.ts'
import { ASSUMED, GIB, type Line, line, MONTH_DAYS, sum } from '../line.ts'
import type { Prices } from '../prices.ts'
import { type Life, REBUILD_DAYS } from './life.ts'
import type { SearchLoad } from './load.ts'
import { memoryOf } from './memory.ts'
import { ASSUMED_SEARCH } from './rates.ts'
import { noUse, secondsOf, spend, type Use } from './use.ts'

/** Deleted objects of the models bucket are kept for so many days (cdk/store-stack.ts). */
const NONCURRENT_DAYS = 30
/** A queue's send, receive and delete. */
const REQUESTS_PER_DROP = 3
/** Generations that begin, and end, in a month. */
const LIVES = MONTH_DAYS / REBUILD_DAYS

/** Instances a day that begin with no index in memory, where this many are busy at the same time. */
export function startsPerDay(callsPerDay: number, instances: number): number {
  const { idleSeconds, instanceSeconds } = ASSUMED_SEARCH
  return 86_400 / callsPerDay > idleSeconds
    ? callsPerDay
    : Math.min(callsPerDay, (instances * 86_400) / instanceSeconds)
}

/** What a new instance reads before its first call, of this many generations. */
export function loadOf(life: Life, documents: number, generations: number): Use {
  const use = noUse()
  // State or release, pointer and snapshot of each; then all segments and their deleted documents at once.
  spend(use, {
    ...{ gets: generations * (1 + 2 * life.segments), waits: generations * 2 },
    ...{ bytesOut: generations * life.indexBytes, opened: generations * documents },
  })
  return use
}

/** A month of all drops: each is written to the generations that are kept. */
function dropsOf(life: Life, { documents, dropsPerDay }: SearchLoad): Use {
  const use = noUse()
  for (const [name, amount] of Object.entries(life.changed))
    spend(use, { [name]: amount * LIVES })
  const drops = dropsPerDay * MONTH_DAYS
  const generations = LIVES * REBUILD_DAYS === 0 ? 0 : 3
  // Its manifest and its file, the row of state; of each generation its definition.
  spend(use, { gets: drops * (2 + generations), waits: drops * (2 + generations), rowReads: drops })
  const starts = startsPerDay(dropsPerDay, 1) * MONTH_DAYS
  const loaded = loadOf(life, documents, generations)
  for (const [name, amount] of Object.entries(loaded)) spend(use, { [name]: amount * starts })
  spend(use, { cpuSeconds: starts * ASSUMED_SEARCH.startSeconds })
  return use
}
