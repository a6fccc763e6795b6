import type { Study } from '../../../functions/contract/fresh.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { WORLD_DEFAULTS } from '../world/options.ts'
import { ABSENCES, absencesIn } from './absence.ts'
import { compareArms } from './compare.ts'
import { chainsOf, NEVER, type StudySettings, warmUpOf, worldOf } from './settings.ts'
import { chainArm, liveThrough, type StudyTrial, trialOf } from './trial.ts'
import { worldHistory } from './world-history.ts'

/**
 * Measures what a month of increments forgets, by the user's absence. The world does not change, so
 * everything learned stays true. There are twice as many users, each with half as many sessions.
 */
export async function* studyAbsence(settings: StudySettings): AsyncGenerator<Study> {
  const { feed, days, users, bootstrap } = settings
  const everything = { ...feed.tiers.full, lookbackDays: 366 }
  const lookbacks: [string, Scene][] = [
    [`full looks back ${feed.tiers.full.lookbackDays} days`, feed],
    ['full looks back on everything', { ...feed, tiers: { ...feed.tiers, full: everything } }],
  ]
  const changes = {
    drift: 0,
    newItemsPerDay: 0,
    users: users * 2,
    sessionsPerUserAndDay: WORLD_DEFAULTS.sessionsPerUserAndDay / 2,
  }
  settings.announce('forgetting: a month of increments, with and without re-basing')
  const lived: StudyTrial[][] = lookbacks.map(() => [])
  const away: Map<string, number>[] = []
  for (const seed of settings.seeds) {
    const history = worldHistory(worldOf(settings, seed, changes))
    away.push(absencesIn(history))
    for (const [l, [, scene]] of lookbacks.entries())
      lived[l]!.push(
        await liveThrough(scene, history, {
          seed,
          warmUpDays: warmUpOf(feed, days),
          chains: chainsOf(feed),
          arms: { 're-based': chainArm('rebased'), [NEVER]: chainArm(NEVER) },
        }),
      )
  }
  // The second half of the scored days, after weeks of increments.
  const isLate = ({ rows }: StudyTrial, row: number): boolean =>
    rows.timesMs[row]! >= (rows.timesMs[0]! + rows.timesMs[rows.count - 1]!) / 2
  for (const [l, [lookback]] of lookbacks.entries())
    for (const { name, fromMs, throughMs } of ABSENCES) {
      const trials = lived[l]!.map((trial, t) =>
        trialOf(trial, (row) => {
          const awayMs = away[t]!.get(trial.rows.samples[row]!)!
          return awayMs >= fromMs && awayMs < throughMs && isLate(trial, row)
        }),
      )
      // In a small world nobody may be away that long.
      if (trials.some(({ rows }) => new Set(rows.labels).size < 2)) continue
      const about = {
        group: 'absence',
        name: `${name}, ${lookback}`,
        note: 'nothing changes; second half of the scored days',
        drift: 0,
        baseline: 're-based',
      } as const
      yield compareArms(about, trials, bootstrap)
    }
}
