import type { Study } from '../../../functions/contract/fresh.ts'
import { WORLD_DEFAULTS } from '../world/options.ts'
import { compareArms } from './compare.ts'
import { ARMS, chainsOf, eachSeed, type StudySettings, warmUpOf, worldOf } from './settings.ts'
import { liveThrough, TIER_ARMS } from './trial.ts'
import { worldHistory } from './world-history.ts'

/** One, two and three tiers on the seeded world as `npm start` has it. */
export async function* studyTiers(settings: StudySettings): AsyncGenerator<Study> {
  const { feed, days, bootstrap } = settings
  settings.say('one, two and three tiers on the seeded world')
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
    note: `tastes drift (${WORLD_DEFAULTS.drift}) and ${WORLD_DEFAULTS.newItemsPerDay} items are new each day`,
    drift: WORLD_DEFAULTS.drift,
    baseline: 'full',
  } as const
  yield compareArms(about, trials, bootstrap)
}

/** The same by strength of drift. Nothing new is added, or its cold start would pay at any drift. */
export async function* studyDrift(
  settings: StudySettings,
  strengths: readonly number[],
): AsyncGenerator<Study> {
  const { feed, days, bootstrap } = settings
  for (const drift of strengths) {
    settings.say(`dose and response: drift ${drift}`)
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
          ? 'nothing moves: what is left is that increments have seen up to a week of rows more'
          : 'no new items, so that only tastes and trends move',
      drift,
      baseline: 'full',
    } as const
    yield compareArms(about, trials, bootstrap)
  }
}
