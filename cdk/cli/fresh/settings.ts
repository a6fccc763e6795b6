import type { FreshResult } from '../../../functions/contract/fresh.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { WORLD_DEFAULTS, type WorldOptions } from '../world/options.ts'
import type { Chain } from './lines.ts'
import { type Arms, chainArm, TIER_ARMS, type Trial } from './trial.ts'

/** What every study of one run shares. */
export interface StudySettings {
  feed: Scene
  movielens: Scene
  seeds: readonly number[]
  days: number
  users: number
  bootstrap: FreshResult['bootstrap']
  /** Told what is about to be measured. */
  say: (what: string) => void
}

/** MovieLens lasts seven months: so long only warms up. */
export const MOVIELENS_WARM_UP_DAYS = 28

/** A full that is due after this has its whole lookback behind it: from then on arms differ by age, not by amount, of data. */
export const warmUpOf = ({ tiers }: Scene, days: number): number =>
  Math.min(tiers.full.lookbackDays, Math.floor(days / 2))

/** A world of tastes and items that move, without dirt and cheats, which are other rooms' matter. */
export const worldOf = (
  { days, users }: StudySettings,
  seed: number,
  changes: Partial<WorldOptions> = {},
): WorldOptions => ({ ...WORLD_DEFAULTS, days, users, dirt: 0, cheats: 0, seed, ...changes })

/** An hourly chain as the pipeline grows it, and one that is never regrown. */
export const NEVER = 'never re-based'
export const chainsOf = ({ model }: Scene): Chain[] => [
  { name: 'rebased', youngLabels: model.youngLabels, labels: 'young', isRebased: true },
  { name: NEVER, youngLabels: model.youngLabels, labels: 'young', isRebased: false },
]
export const ARMS: Arms = { ...TIER_ARMS, [NEVER]: chainArm(NEVER) }

/** One trial a seed, one after another. */
export async function eachSeed(
  { seeds }: StudySettings,
  live: (seed: number) => Promise<Trial>,
): Promise<Trial[]> {
  const trials: Trial[] = []
  for (const seed of seeds) trials.push(await live(seed))
  return trials
}

/** A scene of two tiers with the feed's third. */
export const withHourly = (scene: Scene, feed: Scene): Scene => ({
  ...scene,
  tiers: { ...scene.tiers, hourly: feed.tiers.hourly },
})
