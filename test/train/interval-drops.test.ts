import { expect, test } from 'vitest'
import { sumDrops } from '../../functions/closing/drop-sums.ts'
import type { ClosingPlan } from '../../functions/contract/accounts.ts'
import { closingPlanKey } from '../../functions/contract/keys.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import type { Tier } from '../../functions/contract/training.ts'
import { canonicalJson } from '../../functions/core/digest.ts'
import { loadIntervalClosings } from '../../functions/train/interval-drops.ts'
import { DAY0_MS } from '../make/events.ts'
import { memoryObjects } from '../make/memory-objects.ts'

const at = (hour: number): number => DAY0_MS + hour * HOUR_MS

/** Two days of closings, hour by hour; that of the n-th hour read n records, of which one was broken. */
function makeChain() {
  const lake = memoryObjects('lake')
  for (let n = 1; n <= 49; n++) {
    const closing: ClosingPlan = {
      scene: 'feed',
      closedThroughMs: at(n),
      previousClosedThroughMs: n > 1 ? at(n - 1) : null,
      pieces: [],
      pending: [],
      consumedDrops: [],
      drops: { read: n, accepted: n - 1, quarantined: { not_json: 1 }, refused: {} },
    }
    lake.drop(closingPlanKey('feed', at(n)), canonicalJson(closing))
  }
  return lake
}

test.each([
  ['an increment of an hour is judged by its own closing', 'hourly', 47, 48, 48, 48, 48],
  ['a chain that is grown again by one closing an hour', 'hourly', 24, 48, 48, 25, 48],
  ['a daily by all of its day and of those up to its own', 'daily', 24, 48, 49, 25, 49],
  ['the first of all by as many as there are', 'daily', 0, 24, 25, 1, 25],
  ['a full by its last day', 'full', 0, 48, 49, 25, 49],
] as const)(
  'An interval loads the expected closings: %s',
  async (_, tier: Tier, from, through, closed, first, last) => {
    const closings = await loadIntervalClosings(makeChain(), {
      scene: 'feed',
      tier,
      dataFromMs: at(from),
      dataThroughMs: at(through),
      closedThroughMs: at(closed),
    })
    const hours = Array.from({ length: last - first + 1 }, (_, n) => first + n)
    expect(closings.map(({ closedThroughMs }) => closedThroughMs)).toEqual(hours.map(at))
    expect(sumDrops(closings.map(({ drops }) => drops))).toEqual({
      read: hours.reduce((a, b) => a + b),
      accepted: hours.reduce((a, b) => a + b) - hours.length,
      quarantined: { not_json: hours.length },
      refused: {},
    })
  },
)
