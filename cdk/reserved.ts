import { TIERS } from '../functions/contract/training.ts'
import type { Deployment } from './config.ts'

/**
 * Reserved concurrency, where a deployment uses it. It caps the stages that run in parallel, so that
 * a flood of drops or the first run over a year leaves concurrency to the account's other functions.
 * It also keeps a slot free for rollback. The other functions run one at a time and need none.
 */
export function reservedConcurrency({ intakeConcurrency, mapConcurrency, scenes }: Deployment): {
  intake: number
  /** For each stage that a run maps over shards. */
  pieces: number
  rollback: number
} {
  // The runs of all tiers and the run that regrows an hourly chain can overlap.
  const runs = scenes
    .map(({ tiers }) => TIERS.filter((tier) => tiers[tier]).length + (tiers.hourly ? 1 : 0))
    .reduce((sum, count) => sum + count, 0)
  return { intake: intakeConcurrency, pieces: mapConcurrency * runs, rollback: 1 }
}
