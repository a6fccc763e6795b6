import type { FreshResult } from '../../../functions/contract/fresh.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { WORLD_DEFAULTS, type WorldOptions } from '../world/options.ts'
import type { StudyChain } from './lines.ts'
import { type Arms, chainArm, type StudyTrial, TIER_ARMS } from './trial.ts'

/** Settings of all studies of one run. */
export interface StudySettings {
  feed: Scene
  movielens: Scene
  openBandit: Scene
  seeds: readonly number[]
  days: number
  users: number
  /** Minutes of a log in one drop, in the study of features. */
  dropMinutes: number
  bootstrap: FreshResult['bootstrap']
  /** Called with a description before each measurement. */
  announce: (what: string) => void
}

/** Warm-up of MovieLens, which lasts seven months. */
export const MOVIELENS_WARM_UP_DAYS = 28

/** After the warm-up a full has its whole lookback. From then on the variants differ in age of data, not in amount. */
export const warmUpOf = ({ tiers }: Scene, days: number): number =>
  Math.min(tiers.full.lookbackDays, Math.floor(days / 2))

/** A seeded world with changing tastes and items, without dirt and cheats. */
export const worldOf = (
  { days, users }: StudySettings,
  seed: number,
  changes: Partial<WorldOptions> = {},
): WorldOptions => ({ ...WORLD_DEFAULTS, days, users, dirt: 0, cheats: 0, seed, ...changes })

/** The pipeline's hourly chain, and a chain that keeps its first base. */
export const NEVER = 'never re-based'
export const chainsOf = ({ model }: Scene): StudyChain[] => [
  { name: 'rebased', youngLabels: model.youngLabels, labels: 'young', isRebased: true },
  { name: NEVER, youngLabels: model.youngLabels, labels: 'young', isRebased: false },
]
export const ARMS: Arms = { ...TIER_ARMS, [NEVER]: chainArm(NEVER) }

/** Runs one trial for each seed, in order. */
export async function eachSeed(
  { seeds }: StudySettings,
  live: (seed: number) => Promise<StudyTrial>,
): Promise<StudyTrial[]> {
  const trials: StudyTrial[] = []
  for (const seed of seeds) trials.push(await live(seed))
  return trials
}

/** Adds the feed's hourly tier to a scene without one. */
export const withHourly = (scene: Scene, feed: Scene): Scene => ({
  ...scene,
  tiers: { ...scene.tiers, hourly: feed.tiers.hourly },
})
