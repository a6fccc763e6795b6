import type { Study } from '../../../functions/contract/fresh.ts'
import { WORLD_DEFAULTS } from '../world/options.ts'
import { compareArms } from './compare.ts'
import { ARMS, chainsOf, eachSeed, type StudySettings, warmUpOf, worldOf } from './settings.ts'
import { liveThrough, TIER_ARMS } from './trial.ts'
import { worldHistory } from './world-history.ts'

/** One, two and three tiers on the seeded world of `npm start`. */
export async function* studyTiers(settings: StudySettings): AsyncGenerator<Study> {
  const { feed, days, bootstrap } = settings
  settings.announce('one, two and three tiers on the seeded world')
  const trials = await eachSeed(settings, (seed) =>
    liveThrough(feed, worldHistory(worldOf(settings, seed)), {
      seed,
      warmUpDays: warmUpOf(feed, days),
      chains: chainsOf(feed),
      arms: ARMS,
    }),
  )
  const about = {
    group: 'tiers',
    name: 'seeded world',
    note: `tastes drift (${WORLD_DEFAULTS.drift}), and each day adds ${WORLD_DEFAULTS.newItemsPerDay} new items`,
    drift: WORLD_DEFAULTS.drift,
    baseline: 'full',
  } as const
  yield compareArms(about, trials, bootstrap)
}

/** The same for several drifts. No items are added: their cold start would add a gain at any drift. */
export async function* studyDrift(
  settings: StudySettings,
  strengths: readonly number[],
): AsyncGenerator<Study> {
  const { feed, days, bootstrap } = settings
  for (const drift of strengths) {
    settings.announce(`tiers at drift ${drift}`)
    const trials = await eachSeed(settings, (seed) =>
      liveThrough(feed, worldHistory(worldOf(settings, seed, { drift, newItemsPerDay: 0 })), {
        seed,
        warmUpDays: warmUpOf(feed, days),
        chains: chainsOf(feed).filter(({ isRebased }) => isRebased),
        arms: TIER_ARMS,
      }),
    )
    const about = {
      group: 'drift',
      name: `drift ${drift}`,
      note:
        drift === 0
          ? 'nothing changes: increments only have up to a week of additional rows'
          : 'no new items, so that only tastes and trends change',
      drift,
      baseline: 'full',
    } as const
    yield compareArms(about, trials, bootstrap)
  }
}
