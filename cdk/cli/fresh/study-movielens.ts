import type { Study } from '../../../functions/contract/fresh.ts'
import { HOUR_MS } from '../../../functions/contract/time.ts'
import { compareArms } from './compare.ts'
import type { History } from './history.ts'
import { movielensHistory } from './movielens-history.ts'
import {
  ARMS,
  chainsOf,
  MOVIELENS_WARM_UP_DAYS,
  type StudySettings,
  withHourly,
} from './settings.ts'
import { liveThrough } from './trial.ts'

/** Tiers on MovieLens in its own time. The note has the share of users who rate only within one hour. */
export async function* studyMovielens(
  settings: StudySettings,
  folder: string,
): AsyncGenerator<Study> {
  const { feed, bootstrap } = settings
  const scene = withHourly(settings.movielens, feed)
  settings.announce('one, two and three tiers on MovieLens by time')
  const history = movielensHistory(folder, scene, null)
  const trial = await liveThrough(scene, history, {
    seed: 1,
    warmUpDays: MOVIELENS_WARM_UP_DAYS,
    chains: chainsOf(scene),
    arms: ARMS,
  })
  const about = {
    group: 'movielens',
    name: 'MovieLens by time',
    note: `${(100 * briefShare(history)).toFixed(0)} % of its users give all their ratings within one hour, so it measures cold start of users more than drift`,
    drift: null,
    baseline: 'full',
  } as const
  yield compareArms(about, [trial], bootstrap)
}

/** Share of users whose impressions are all within one hour. */
function briefShare(history: History): number {
  const seen = new Map<string, [firstMs: number, lastMs: number]>()
  for (const { type, user, timeMs } of history.between(history.fromMs, history.throughMs)) {
    if (type !== 'impression') continue
    const [firstMs, lastMs] = seen.get(user) ?? [timeMs, timeMs]
    seen.set(user, [Math.min(firstMs, timeMs), Math.max(lastMs, timeMs)])
  }
  const brief = [...seen.values()].filter(([firstMs, lastMs]) => lastMs - firstMs <= HOUR_MS)
  return brief.length / seen.size
}
