import type { Study } from '../../../functions/contract/fresh.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { YOUNG_LABELS } from '../../../functions/math/young-labels.ts'
import { WORLD_DEFAULTS } from '../world/options.ts'
import { compareArms } from './compare.ts'
import type { History } from './history.ts'
import type { StudyChain } from './lines.ts'
import { movielensHistory } from './movielens-history.ts'
import {
  eachSeed,
  MOVIELENS_WARM_UP_DAYS,
  NEVER,
  type StudySettings,
  warmUpOf,
  withHourly,
  worldOf,
} from './settings.ts'
import { type Arms, chainArm, liveThrough } from './trial.ts'
import { worldHistory } from './world-history.ts'

const YOUNG_CHAINS: readonly StudyChain[] = [
  ...YOUNG_LABELS.map(
    (name): StudyChain => ({ name, youngLabels: name, labels: 'young', isRebased: true }),
  ),
  { name: 'matured', youngLabels: 'none', labels: 'matured', isRebased: true },
  { name: `none, ${NEVER}`, youngLabels: 'none', labels: 'young', isRebased: false },
]
export const YOUNG_ARMS: Arms = {
  'no hourly': (lineage) => lineage.base(),
  ...Object.fromEntries(YOUNG_CHAINS.map(({ name }) => [name, chainArm(name)])),
}

/** A rare outcome needs more users; fewer of their negatives are kept. */
const PURCHASE = { usersFold: 5, negativeRate: 0.1, daysShare: 0.75 }

/** Compares uses of young labels in an hourly chain, by the delay of the outcome. */
export async function* studyYoungLabels(
  settings: StudySettings,
  movielensFolder: string | null,
): AsyncGenerator<Study> {
  const { feed, users, bootstrap } = settings
  const purchase: Scene = {
    ...feed,
    objective: 'purchase',
    sampling: { ...feed.sampling, negativeRate: PURCHASE.negativeRate },
  }
  const days = Math.floor(settings.days * PURCHASE.daysShare)
  const delayed: Scene = {
    ...withHourly(settings.movielens, feed),
    outcomes: { like: feed.outcomes['purchase']! },
  }
  const worlds: { name: string; note: string; scene: Scene; historyOf(seed: number): History }[] = [
    {
      name: 'click',
      note: 'arrives within a minute: only labels of the last minutes of an hour are young',
      scene: feed,
      historyOf: (seed) => worldHistory(worldOf({ ...settings, days }, seed)),
    },
    {
      name: 'purchase',
      note: 'arrives within hours: when an hour is closed, a tenth is known',
      scene: purchase,
      historyOf: (seed) =>
        worldHistory(worldOf({ ...settings, days, users: users * PURCHASE.usersFold }, seed)),
    },
  ]
  if (movielensFolder !== null)
    worlds.push({
      name: 'MovieLens, likes delayed',
      note: 'delays drawn by seed from the feed’s purchase curve',
      scene: delayed,
      historyOf: (seed) =>
        movielensHistory(movielensFolder, delayed, {
          curve: delayed.outcomes['like']!.delay!,
          seed,
        }),
    })
  for (const { name, note, scene, historyOf } of worlds) {
    settings.announce(`young labels: ${name}`)
    const isWorld = scene.scene === feed.scene
    const trials = await eachSeed(settings, (seed) =>
      liveThrough(scene, historyOf(seed), {
        seed,
        warmUpDays: isWorld ? warmUpOf(scene, days) : MOVIELENS_WARM_UP_DAYS,
        chains: YOUNG_CHAINS,
        arms: YOUNG_ARMS,
      }),
    )
    const drift = isWorld ? WORLD_DEFAULTS.drift : null
    const about = { group: 'young-labels', name, note, drift, baseline: 'none' } as const
    yield compareArms(about, trials, bootstrap)
  }
}
